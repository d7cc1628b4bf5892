"""Output of `dcgmi nvlink --link-status`: one letter for each link of each GPU."""

import re

from roles.pcie_topology.explain.judgement import Finding, Judgement, Nvlink

KIND = "dcgmi-nvlink"

_TITLE = re.compile(r"^\|\s+NvLink Link Status\s+\|\s*$|^\s*gpuId \d+:\s*$", re.MULTILINE)
_GPU = re.compile(r"^\s*gpuId (\d+):\s*$")
_LINKS = re.compile(r"^\s*[UDX_](?: [UDX_])*\s*$")


def matches(text: str) -> bool:
    """Whether it has the command's title or a GPU's links."""
    return _TITLE.search(text) is not None


def judge(text: str) -> Judgement:
    """Whether the links of all GPUs are up; a link that is down is an error."""
    links = _links(text)
    missing = _missing(text, links=links)
    verdict = "unknown" if missing or not links else _verdict(links)
    return Judgement(
        kind=KIND,
        gpus=len(links) or None,
        nvlink="degraded" if _down(links) else verdict,
        findings=(*missing, *_down(links), *_switches(text)),
    )


def _links(text: str) -> dict[int, str]:
    """The letters of every GPU; empty where its row is missing or malformed."""
    links: dict[int, str] = {}
    lines = [line for line in text.splitlines() if line.strip()]
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        gpu = _GPU.match(line)
        if gpu is not None:
            links[int(gpu[1])] = "".join(after.split()) if _LINKS.match(after) else ""
    return links


def _verdict(links: dict[int, str]) -> Nvlink:
    return "present" if all("U" in letters for letters in links.values()) else "absent"


def _down(links: dict[int, str]) -> list[Finding]:
    """Links that are down, or disabled beside others that are up."""
    return [
        Finding(
            severity="error",
            subject=f"GPU {gpu}",
            message=f"{bad} of {len(letters)} NVLinks are down or disabled",
            advice="reseat the bridge or look at nvidia-fabricmanager; DCGM's tests pass without",
        )
        for gpu, letters in links.items()
        if (bad := letters.count("D") + (letters.count("X") if "U" in letters else 0))
    ]


def _missing(text: str, *, links: dict[int, str]) -> list[Finding]:
    told = [f"the links of GPU {gpu} are missing" for gpu, letters in links.items() if not letters]
    if sorted(links) != list(range(len(links))):
        told.append(f"only GPUs {', '.join(map(str, sorted(links)))} are there")
    if len({len(letters) for letters in links.values()}) > 1:
        told.append("GPUs have different numbers of links")
    if "Key:" not in text:
        told.append("the output ends before its key")
    return [Finding("error", "output", f"not whole: {sentence}") for sentence in told]


def _switches(text: str) -> list[Finding]:
    """NVSwitches whose ports are down; ports without a partner are normal."""
    rows = text.partition("NvSwitches:")[2].partition("Key:")[0].splitlines()
    down = sum(row.split().count("D") for row in rows if _LINKS.match(row))
    if not down:
        return []
    return [Finding("warning", "NVSwitch", f"{down} ports are down", "see nvidia-fabricmanager")]

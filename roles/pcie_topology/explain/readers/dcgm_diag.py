"""Output of `dcgmi diag -j`: DCGM's own tests, of which a skipped one shows nothing."""

import re
from collections.abc import Sequence

from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import dcgm_results, measured
from roles.pcie_topology.explain.dcgm_results import Diagnosis, Result
from roles.pcie_topology.explain.judgement import Finding, Judgement, Lanes, Nvlink, P2p

KIND = "dcgm-diag-json"

_ROOT = re.compile(r'"DCGM (?:GPU )?Diagnostic"\s*:')
_RATE = re.compile(r"(?:GPU to Host|Host to GPU) bandwidth:\s*(\d+(?:\.\d+)?) GB/s")
_GOOD = ("pass", "skip", "not run")
_NVLINK = re.compile(r"\bnv-?link\b", re.IGNORECASE)
_LINK = re.compile(r"PCIe? (?:link )?(?:generation|width|gen)\b|PCI link", re.IGNORECASE)
_PEER = re.compile(r"\bp2p\b|peer.to.peer|memory (?:device )?(?:was )?unable to", re.IGNORECASE)


def matches(text: str) -> bool:
    """Whether it has the root of a diagnosis of DCGM 3 or 4."""
    return _ROOT.search(text) is not None


def judge(text: str) -> Judgement:
    """Every failed or skipped test, and lanes by the rates of the pcie test."""
    diagnosis = dcgm_results.read(text)
    findings = [finding for result in diagnosis.results for finding in _told(result)]
    silent = _silent(diagnosis)
    lanes, lanes_findings = _lanes(diagnosis)
    if (silent or diagnosis.broken) and lanes == "ok":
        lanes = "unknown"
    return Judgement(
        kind=KIND,
        gpus=len(diagnosis.gpus) or None,
        lanes="unknown" if not diagnosis.results else lanes,
        p2p=_p2p(diagnosis),
        nvlink=_nvlink(diagnosis),
        findings=(*_broken(diagnosis), *silent, *dict.fromkeys(findings), *lanes_findings),
    )


def _told(result: Result) -> list[Finding]:
    where = result.test if result.gpu is None else f"GPU {result.gpu}: {result.test}"
    if result.status in ("skip", "not run"):
        message = "the test was skipped, so it shows nothing"
        return [Finding("warning", where, message, "allow the test in DCGM's settings and repeat")]
    if result.status == "pass":
        return []
    if not result.warned:
        return [Finding("error", where, f"the test ended with {result.status or 'no status'}")]
    return [
        Finding(
            severity="warning" if it.is_configuration or result.status == "warn" else "error",
            subject=where,
            message=it.text,
            advice=_advice(is_configuration=it.is_configuration),
        )
        for it in result.warned
    ]


def _advice(*, is_configuration: bool) -> str:
    if is_configuration:
        return "a setting of the node, no broken GPU: enable nvidia-persistenced, then repeat"
    return "drain the node and look at what the test names"


def _lanes(diagnosis: Diagnosis) -> tuple[Lanes, tuple[Finding, ...]]:
    tests = [result for result in diagnosis.results if result.test in ("pcie", "pci")]
    failed = [it for it in tests if it.status not in _GOOD and _says(it, _LINK)]
    if failed:
        return "degraded", ()
    if not tests:
        return "n/a", ()
    if any(result.status != "pass" for result in tests):
        return "unknown", ()
    rates = [rate for result in tests for rate in _rates(result, diagnosis)]
    by_way = [measured.lanes(rates[way::2]) for way in (0, 1)]
    if len(rates) != 2 * len(tests):
        message = "DCGM passes cards whose link fell to Gen3; the test names no rates"
        return "unknown", (Finding("info", "lanes", message),)
    return measured.worst(by_way)


def _rates(result: Result, diagnosis: Diagnosis) -> list[measured.Rate]:
    gpu = result.gpu or 0
    card = _card(diagnosis.gpus.get(gpu, ""))
    found = [_RATE.search(line) for line in result.info]
    return [measured.Rate(gpu, float(it[1]), card=card) for it in found if it is not None]


def _card(device: str) -> Card | None:
    return cards.by_pci_id(device) if device else None


def _p2p(diagnosis: Diagnosis) -> P2p:
    broken = any(_fails(result) and _says(result, _PEER) for result in diagnosis.results)
    if not broken:
        return "n/a"
    return "partial" if len(diagnosis.gpus) > 2 else "none"


def _nvlink(diagnosis: Diagnosis) -> Nvlink:
    broken = any(_fails(result) and _says(result, _NVLINK) for result in diagnosis.results)
    return "degraded" if broken else "n/a"


def _fails(result: Result) -> bool:
    return result.status not in _GOOD


def _says(result: Result, words: re.Pattern[str]) -> bool:
    return any(words.search(it.text) for it in result.warned)


def _silent(diagnosis: Diagnosis) -> list[Finding]:
    """Tests that say nothing of a GPU that others name."""
    told: dict[str, set[int | None]] = {}
    for result in diagnosis.results:
        told.setdefault(result.test, set()).add(result.gpu)
    return [
        Finding("error", test, f"the test says nothing of GPU {', '.join(map(str, missing))}")
        for test, gpus in told.items()
        if None not in gpus and (missing := sorted(set(diagnosis.gpus) - gpus))
    ]


def _broken(diagnosis: Diagnosis) -> Sequence[Finding]:
    return [Finding("error", "output", diagnosis.broken)] if diagnosis.broken else []

"""The table that `nvidia-smi` prints without options: versions, GPUs, processes."""

import re
from collections.abc import Iterator

from roles.pcie_topology.explain import driver_version, failures, listing
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "nvidia-smi-table"
_GPU = re.compile(
    r"^[ \t]*\|\s*(?P<index>\d{1,4})\s+(?P<name>\S.*?)\s+(?P<persistence>On|Off|N/A|ERR!)\s*\|\s*"
    r"(?P<bdf>[0-9a-fA-F]{4,8}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7])",
    re.MULTILINE,
)
_PROCESS = re.compile(r"^[ \t]*\|\s+(\d{1,4})\s+(?:N/A|\d+)\s+(?:N/A|\d+)\s+\d+\s+\S", re.MULTILINE)
_UNREAD = re.compile(r"ERR!|Unknown Error|GPU is lost")


def matches(text: str) -> bool:
    """Whether the banner or a GPU's row is there."""
    return driver_version.banner(text) is not None or _GPU.search(text) is not None


def judge(text: str) -> Judgement:
    """How many GPUs answer, and with which driver; links are not in it."""
    rows = list(_GPU.finditer(text))
    indices = [int(row["index"]) for row in rows]
    return Judgement(
        kind=KIND,
        gpus=len(set(indices)) if rows else None,
        findings=tuple(
            dict.fromkeys(
                (*failures.found(text), *_versions(text), *listing.gaps(indices), *_rows(text))
            )
        ),
        cards={failures.sysfs(row["bdf"]): row["name"].removeprefix("NVIDIA ") for row in rows},
    )


def _versions(text: str) -> Iterator[Finding]:
    banner = driver_version.banner(text)
    if banner is None:
        yield Finding("warning", "driver", "the banner with the versions is missing")
        return
    smi, driver, cuda = banner
    if not driver:
        yield Finding("warning", "driver", "the banner names no version of the driver")
        return
    yield Finding("info", "driver", f"driver {driver}, CUDA up to {cuda}")
    if driver_version.differ(smi, driver):
        yield _skew(smi, driver)


def _skew(smi: str, driver: str) -> Finding:
    message = f"nvidia-smi is {smi}, the kernel module {driver}"
    if driver_version.is_windows(driver):
        return Finding("info", "driver", f"{message}: as WSL has them, no fault")
    return Finding("warning", "driver", message, "Reboot if the driver was upgraded; else PATH.")


def _rows(text: str) -> Iterator[Finding]:
    """GPUs whose figures cannot be read, and those that only the list of processes names."""
    rows = list(_GPU.finditer(text))
    for number, row in enumerate(rows):
        end = rows[number + 1].start() if number + 1 < len(rows) else len(text)
        if _UNREAD.search(text[row.start() : end].partition("Processes:")[0]):
            message = f"{row['name']} answers with errors"
            yield Finding("error", f"GPU {row['index']}", message, _LOST)
    shown = {row["index"] for row in rows}
    for index in dict.fromkeys(_PROCESS.findall(text)) if rows else ():
        if index not in shown:
            yield Finding("error", f"GPU {index}", "has processes, and no row of its own", _LOST)


_LOST = "See dmesg for Xid lines, above all Xid 79, and drain the node."

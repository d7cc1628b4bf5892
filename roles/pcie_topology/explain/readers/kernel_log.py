"""Lines of the kernel log, from dmesg, journalctl or /dev/kmsg."""

import re

from roles.pcie_topology.explain import kernel_lines
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "kernel-log"

_TELLING = re.compile(
    r"\bNVRM: |\bS?Xid \(|nvidia-nvswitch|available PCIe bandwidth, limited by"
    r"|segfault at .* in lib|nvidia-peermem|AER: |PCIe Bus Error|nvidia: loading out-of-tree module"
    r"|could not insert 'nvidia|module verification failed|fallen off the bus"
)
_LINE = re.compile(
    r"^(?:\[\s*\d+\.\d{6}\] |\d+,\d+,\d+,[^;]*;|\w{3} [ \d]\d [\d:]{8} \S+ kernel: "
    r"|\w+ *:\w+ *: )"
)


def matches(text: str) -> bool:
    """Whether it has what the kernel says of GPUs, or mostly lines of a kernel log."""
    if _TELLING.search(text):
        return True
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and sum(1 for line in lines if _LINE.match(line)) > len(lines) / 2


def judge(text: str) -> Judgement:
    """The faults that the lines name; a log that names none proves nothing."""
    findings = kernel_lines.findings(text)
    quiet = (Finding("info", "log", "no line tells of a fault of a GPU"),)
    return Judgement(
        kind=KIND,
        lanes=kernel_lines.lanes(text),
        nvlink=kernel_lines.nvlink(text),
        findings=findings or quiet,
    )

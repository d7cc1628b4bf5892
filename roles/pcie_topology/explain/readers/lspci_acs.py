"""`lspci -vvv | grep ACSCtl`: control bits of bridges that are not named."""

from roles.pcie_topology.explain import acs
from roles.pcie_topology.explain.judgement import Judgement

KIND = "lspci-acsctl"


def matches(text: str) -> bool:
    """Whether every line of it is one of ACSCtl."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(acs.CONTROL.search(line) for line in lines)


def judge(text: str) -> Judgement:
    """Whether bridges redirect peer traffic; peer to peer itself it cannot prove."""
    findings = acs.of_unknown_bridges(acs.CONTROL.findall(text))
    return Judgement(kind=KIND, p2p="unproven", findings=findings)

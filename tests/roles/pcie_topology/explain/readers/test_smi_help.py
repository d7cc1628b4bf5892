"""Help texts tell nothing of a machine."""

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import smi_help


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


def test_help_tells_nothing_of_a_machine() -> None:
    text = "NVIDIA System Management Interface -- v590.48.01\n"
    assert smi_help.matches(text)
    assert _severities(smi_help.judge(text)) == ["info"]

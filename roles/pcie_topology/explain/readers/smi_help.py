"""Help texts of nvidia-smi: they tell of the tool, not of a machine."""

import re

from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "nvidia-smi-help"
_HELP = re.compile(
    r"^[ \t]*(NVIDIA System Management Interface -- v|List of valid properties to query for)",
    re.MULTILINE,
)


def matches(text: str) -> bool:
    """Whether a help text starts in it."""
    return _HELP.search(text[:2000]) is not None


def judge(text: str) -> Judgement:
    """Nothing of a machine."""
    found = Finding("info", "file", "help of nvidia-smi: it tells nothing of a machine")
    return Judgement(kind=KIND, findings=(found,))

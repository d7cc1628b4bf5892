"""What nvidia-smi and its helpers print instead of an answer."""

import re

from roles.pcie_topology.explain import failures
from roles.pcie_topology.explain.judgement import Judgement

KIND = "nvidia-smi-error"
_NO_GPU = re.compile(r"^[ \t]*No devices (were )?found", re.IGNORECASE | re.MULTILINE)
_LINES = 40
"""A longer text is a log or a document that quotes such a line, not the answer of a tool."""


def matches(text: str) -> bool:
    """Whether a short text holds a line that tells of a failure."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) <= _LINES and bool(failures.found(text))


def judge(text: str) -> Judgement:
    """What went wrong; how many GPUs there are is known only where it says none."""
    gpus = 0 if _NO_GPU.search(text) else None
    return Judgement(kind=KIND, gpus=gpus, findings=failures.found(text))

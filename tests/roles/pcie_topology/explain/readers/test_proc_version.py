"""`/proc/driver/nvidia/version`: which module is loaded."""

import pytest

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import proc_version

PROC = """\
NVRM version: NVIDIA UNIX {flavour} 580.126.20  Thu Oct  6 21:38:55 UTC 2025
GCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2)
"""


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


def _said(judgement: Judgement) -> str:
    return " ".join(f"{one.subject}: {one.message}" for one in judgement.findings)


@pytest.mark.parametrize(
    ("flavour", "said"),
    [("x86_64 Kernel Module", "proprietary"), ("Open Kernel Module for x86_64", "open")],
)
def test_the_loaded_flavour_is_told(flavour: str, said: str) -> None:
    text = PROC.format(flavour=flavour)
    assert proc_version.matches(text)
    assert _said(proc_version.judge(text)) == f"driver: loaded: 580.126.20, {said} kernel modules"


def test_packages_of_another_version_than_the_loaded_module_are_an_error() -> None:
    text = PROC.format(flavour="x86_64 Kernel Module") + "ii  nvidia-smi  595.71.05-1  amd64\n"
    assert "error" in _severities(proc_version.judge(text))


def test_a_cut_line_of_the_module_is_told() -> None:
    assert _severities(proc_version.judge("NVRM version: NVIDIA UN")) == ["warning"]

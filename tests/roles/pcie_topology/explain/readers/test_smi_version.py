"""`nvidia-smi --version`: whether module and library agree."""

import pytest

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import smi_version

VERSION = """\
NVIDIA-SMI version  : 590.48.01
NVML version        : 590.48
DRIVER version      : 590.48.01
CUDA Version        : 13.1
"""
VERSION_610 = """\
NVIDIA-SMI version  : 610.57.04
NVML version        : 610.57
DRIVER version      : Deprecated, see "KMD version" instead
KMD version         : 610.57.04
CUDA UMD Version    : 13.3
"""


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


@pytest.mark.parametrize("text", [VERSION, VERSION_610])
def test_versions_that_agree_are_told(text: str) -> None:
    assert smi_version.matches(text)
    assert _severities(smi_version.judge(text)) == ["info"]


def test_a_library_newer_than_the_loaded_module_is_an_error() -> None:
    text = VERSION.replace("590.48\n", "595.71\n")
    assert _severities(smi_version.judge(text)) == ["error", "info"]


def test_a_module_of_windows_is_no_mismatch() -> None:
    text = VERSION_610.replace("610.57.04\nCUDA", "611.64\nCUDA")
    assert "error" not in _severities(smi_version.judge(text))


def test_a_version_that_is_missing_is_told() -> None:
    assert _severities(smi_version.judge(VERSION.splitlines()[0])) == ["warning", "warning"]

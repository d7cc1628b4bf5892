"""Error texts say what is wrong and what to do."""

import pytest

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import smi_error


def _severities(judgement: Judgement) -> list[str]:
    return [finding.severity for finding in judgement.findings]


def _said(judgement: Judgement) -> str:
    return " ".join(f"{one.subject}: {one.message}" for one in judgement.findings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", "loaded"),
        (
            "Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 610",
            "different versions",
        ),
        ("Failed to initialize NVML: Unknown Error", "daemon-reload"),
        (
            "Unable to determine the device handle for GPU 0000:05:00.0: GPU is lost.  Reboot the "
            "system to recover this GPU",
            "GPU 0000:05:00.0: the GPU is lost",
        ),
        (
            "Unable to determine the device handle for gpu 0000:41:00.0: Unknown Error",
            "GPU 0000:41:00.0: the driver cannot reach",
        ),
        ("No devices were found", "no GPU that it can drive"),
        ("bash: nvidia-smi: command not found", "not installed"),
        ("modprobe: ERROR: could not insert 'nvidia': Key was rejected by service", "Secure Boot"),
    ],
)
def test_error_texts_say_what_is_wrong(text: str, said: str) -> None:
    assert smi_error.matches(text)
    judgement = smi_error.judge(text)
    assert _severities(judgement) == ["error"]
    assert said in _said(judgement)
    assert judgement.findings[0].advice


def test_no_devices_are_no_gpus_and_other_errors_do_not_count() -> None:
    assert smi_error.judge("No devices were found").gpus == 0
    assert smi_error.judge("Failed to initialize NVML: Unknown Error").gpus is None


def test_a_document_that_quotes_an_error_is_no_error() -> None:
    assert not smi_error.matches("prose\n" * 50 + "No devices were found\n")

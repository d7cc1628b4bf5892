from dataclasses import replace
from pathlib import Path

import pytest

from roles.container_runtime import cdi

SPEC = (Path(__file__).parent / "cdi_spec.yaml").read_text()
GPU = "GPU-00000001-0000-0000-0000-000000000000"
ANSWER = f"""\
--- infra:driver
580.95.05
--- infra:uvm
511
--- infra:gpus
GPU 0: NVIDIA GeForce RTX 3090 (UUID: {GPU})
--- infra:toolkit
NVIDIA Container Toolkit CLI version 1.19.1
commit: abc
--- infra:others
--- infra:spec
{SPEC}"""
GOOD = cdi.parse(ANSWER.splitlines())


def test_a_host_is_read_from_one_answer() -> None:
    assert (GOOD.driver, GOOD.uvm_major, GOOD.devices, GOOD.toolkit, GOOD.others) == (
        "580.95.05",
        511,
        (GPU,),
        "1.19.1",
        (),
    )


def test_a_fresh_specification_has_no_faults() -> None:
    assert cdi.faults(GOOD) == []


def test_a_bare_host_has_no_specification() -> None:
    found = cdi.parse(["--- infra:driver", "--- infra:uvm", "--- infra:spec"])
    assert found == cdi.State()
    assert "absent" in cdi.faults(found)[0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"driver": "580.126.09"}, "driver 580.95.05, loaded is 580.126.09"),
        ({"driver": ""}, "loaded is none"),
        ({"devices": (GPU, "GPU-2")}, "lacks GPU-2"),
        ({"toolkit": "1.19.2"}, "toolkit 1.19.1 made it, installed is 1.19.2"),
        ({"uvm_major": 510}, "number 511 in it, now it is 510"),
    ],
)
def test_what_changed_on_the_host_is_a_fault(change: dict[str, object], sentence: str) -> None:
    [fault] = cdi.faults(replace(GOOD, **change))
    assert sentence in fault


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("580.95.05", "", "driver none"),
        ("name: all", "name: some", "lacks the device all"),
        ("# NVIDIA", "# Nvidia", "toolkit unknown made it"),
        ("path: /dev/nvidia-uvm\n", "path: /dev/other\n", "lacks /dev/nvidia-uvm"),
    ],
)
def test_what_a_specification_lacks_is_a_fault(old: str, new: str, sentence: str) -> None:
    [fault] = cdi.faults(replace(GOOD, spec=cdi.parse_spec(SPEC.replace(old, new))))
    assert sentence in fault


def test_device_numbers_left_out_are_no_fault() -> None:
    text = SPEC.replace("    major: 511\n    minor: 0\n", "")
    assert cdi.faults(replace(GOOD, spec=cdi.parse_spec(text))) == []


def test_a_specification_without_device_files_needs_no_uvm() -> None:
    text = SPEC.replace("deviceNodes", "ignored")
    assert cdi.faults(replace(GOOD, spec=cdi.parse_spec(text))) == []


@pytest.mark.parametrize("text", ["", "[", "kind: nvidia.com/other", "- a", "half: {"])
def test_what_is_no_specification_is_none(text: str) -> None:
    assert cdi.parse_spec(text) is None


def test_a_divided_gpu_is_known_by_its_parts() -> None:
    lines = [
        "GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-a)",
        "  MIG 3g.40gb     Device  0: (UUID: MIG-b)",
        "  MIG 3g.40gb     Device  1: (UUID: MIG-c)",
        "GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-d)",
    ]
    assert cdi.parse_devices(lines) == ("MIG-b", "MIG-c", "GPU-d")


def test_a_failing_nvidia_smi_lists_nothing() -> None:
    assert cdi.parse_devices(["Failed to initialize NVML: Unknown Error"]) == ()

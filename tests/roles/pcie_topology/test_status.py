"""What a status shows of the ways to GPUs."""

from pathlib import Path

from infra.status import Cell, Shown
from roles.pcie_topology import status
from roles.pcie_topology.settings import PcieTopologySettings

EMULATED = Path(__file__).with_name("tree-emulated.txt").read_text()


def shown(answer: str, **settings: object) -> Shown:
    return status.shown(answer, settings=PcieTopologySettings.model_validate(settings))


def test_a_host_without_gpus_has_no_lanes() -> None:
    found = shown("")
    assert found.cells["lanes"] == Cell("✗ no GPU", "bad")
    assert found.notes == ("pcie_topology: the PCI bus shows no NVIDIA GPU",)


def test_a_gpu_that_is_gone_is_counted() -> None:
    assert shown(EMULATED, gpus=6).cells["lanes"] == Cell("✗ 1 gone", "bad")


def test_a_narrow_way_is_counted_and_told() -> None:
    found = shown(EMULATED)
    assert found.cells["lanes"] == Cell("✗ 1 narrow", "bad")
    assert found.notes[0].startswith("pcie_topology: 0000:06:00.0 (H100 80GB HBM3): x8, card and")


def test_lanes_that_are_right_by_hand_are_well() -> None:
    assert shown(EMULATED, expected_width={"0000:06:00.0": 8}).cells["lanes"] == Cell("✓", "good")

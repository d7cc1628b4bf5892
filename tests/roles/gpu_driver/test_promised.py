"""Where the cards of a host are promised."""

from pathlib import Path

from infra.lab.spec import LabEntry, LabGpu
from infra.site import Node, Site
from roles.gpu_driver import promised
from roles.gpu_driver.settings import GpuDriverSettings

LEARNED = """\
gpu-1:
  learned: 2026-11-21
  gpus:
  - {bdf: '0000:41:00.0', card: Tesla V100-PCIE-16GB, uuid: GPU-1, path: ['0000:41:00.0'],
     width: 16, gen: 3, numa: 0, bar1_mib: 16384}
"""


def names(folder: Path, *, given: tuple[str, ...] = (), lab: LabEntry | None = None) -> list[str]:
    settings = GpuDriverSettings(version="580.95.05", origin="nvidia", cards=given)
    node = Node("gpu-1", "gpu_nodes", "x", {"gpu_driver": settings}, lab=lab)
    site = Site(name="rack", file=folder / "rack.py", nodes=(node,))
    return [card.name for card in promised.of(node, site=site)]


def test_settings_lab_and_manifest_are_put_together_once(tmp_path: Path) -> None:
    (tmp_path / "rack.hardware.yaml").write_text(LEARNED)
    lab = LabEntry(os="debian-13", gpus=(LabGpu(), LabGpu(bdf="0000:c1:00.0")))
    found = names(tmp_path, given=("RTX 3090", "P40"), lab=lab)
    assert found == ["GeForce RTX 3090", "P40", "V100-PCIE-16GB"]


def test_a_simulated_card_of_no_known_name_is_told_by_its_id(tmp_path: Path) -> None:
    lab = LabEntry(os="debian-13", gpus=(LabGpu(name="Some GPU", pci_id="10de:1b38"),))
    assert names(tmp_path, lab=lab) == ["P40"]


def test_a_broken_manifest_and_an_unknown_name_promise_nothing(tmp_path: Path) -> None:
    (tmp_path / "rack.hardware.yaml").write_text("gpu-1: [")
    assert names(tmp_path, given=("Voodoo 2",)) == []
    assert promised.unknown(("Voodoo 2", "T4")) == ("Voodoo 2",)

from pathlib import Path

from infra.site import Node, Site
from roles.pcie_topology import across
from roles.pcie_topology.settings import PcieTopologySettings

GOOD = "gpu-1: {learned: 2026-11-20, gpus: [{bdf: '0000:41:00.0', card: Tesla T4}]}\n"


def site(folder: Path, text: str | None, settings: PcieTopologySettings) -> tuple[Site, Node]:
    if text is not None:
        (folder / "rack.hardware.yaml").write_text(text)
    node = Node("gpu-1", "gpu_nodes", "192.0.2.1", {"pcie_topology": settings})
    return Site("rack", folder / "rack.py", (node,)), node


def judged(folder: Path, text: str | None, **given: int) -> list[tuple[str, str]]:
    settings = PcieTopologySettings(**given)
    made, node = site(folder, text, settings)
    return across.mistakes(settings, node=node, site=made)


def test_the_manifest_is_filled_in(tmp_path: Path) -> None:
    settings = PcieTopologySettings()
    made, node = site(tmp_path, GOOD, settings)
    found = across.resolve(settings, node=node, site=made).manifest
    assert found is not None and found.gpus[0].card == "Tesla T4"
    assert judged(tmp_path, GOOD) == []


def test_without_a_manifest_there_is_no_mistake(tmp_path: Path) -> None:
    settings = PcieTopologySettings()
    made, node = site(tmp_path, None, settings)
    assert across.resolve(settings, node=node, site=made) == settings
    assert judged(tmp_path, None, gpus=8) == []


def test_a_broken_manifest_is_a_mistake_and_promises_nothing(tmp_path: Path) -> None:
    settings = PcieTopologySettings()
    made, node = site(tmp_path, "gpu-1: [\n", settings)
    assert across.resolve(settings, node=node, site=made).manifest is None
    ((key, said),) = across.mistakes(settings, node=node, site=made)
    assert key == "manifest" and "line 2" in said


def test_a_number_that_the_manifest_contradicts_is_a_mistake(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD, gpus=1) == []
    ((key, said),) = judged(tmp_path, GOOD, gpus=8)
    assert key == "gpus" and "8, but rack.hardware.yaml has 1" in said


def test_a_host_of_the_manifest_that_was_renamed_is_told(tmp_path: Path) -> None:
    settings = PcieTopologySettings()
    made, node = site(tmp_path, GOOD + GOOD.replace("gpu-1", "gpu-9"), settings)
    ((key, said),) = across.cautions(settings, node=node, site=made)
    assert key == "manifest" and "has gpu-9, which is no node" in said


def test_a_whole_or_broken_manifest_is_no_caution(tmp_path: Path) -> None:
    settings = PcieTopologySettings()
    for text in (GOOD, None, "gpu-1: [\n"):
        made, node = site(tmp_path, text, settings)
        assert across.cautions(settings, node=node, site=made) == []

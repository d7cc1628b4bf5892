from pathlib import Path
from typing import Literal

import pytest

from infra.lab.spec import LabEntry, LabGpu
from infra.site import Node, Site
from roles.gpu_driver import across
from roles.gpu_driver.settings import GpuDriverSettings

Modules = Literal["open", "proprietary"]


def settings(
    version: str = "580.95.05",
    modules: Modules = "open",
    cards: tuple[str, ...] = (),
    allow_mixed: bool = False,
) -> GpuDriverSettings:
    return GpuDriverSettings(
        version=version, origin="nvidia", modules=modules, cards=cards, allow_mixed=allow_mixed
    )


def mistakes(
    given: GpuDriverSettings, *, lab: LabEntry | None = None, file: Path = Path("nowhere/rack.py")
) -> list[tuple[str, str]]:
    node = Node(
        name="gpu-1", group="gpu_nodes", address="x", settings={"gpu_driver": given}, lab=lab
    )
    site = Site(name="rack", file=file, nodes=(node,))
    return across.mistakes(given, node=node, site=site)


def cautions(given: GpuDriverSettings) -> list[tuple[str, str]]:
    node = Node(name="gpu-1", group="gpu_nodes", address="x", settings={"gpu_driver": given})
    return across.cautions(
        given, node=node, site=Site(name="rack", file=Path("rack.py"), nodes=(node,))
    )


def manifest(folder: Path, card: str, node: str = "gpu-1") -> Path:
    text = (
        f"{node}:\n  learned: 2026-11-21\n  gpus:\n"
        f"  - {{bdf: '0000:41:00.0', card: '{card}', uuid: GPU-1, path: ['0000:40:01.1', "
        "'0000:41:00.0'], width: 16, gen: 4, numa: 0, bar1_mib: 256}\n"
    )
    (folder / "rack.hardware.yaml").write_text(text)
    return folder / "rack.py"


def test_a_driver_that_drives_its_cards_is_no_mistake() -> None:
    assert not mistakes(settings(cards=("RTX 3090", "RTX 4060 Ti")))
    assert not mistakes(settings(modules="proprietary", cards=("P40", "RTX 3090")))


def test_a_host_whose_cards_nobody_knows_is_no_mistake() -> None:
    assert not mistakes(settings(version="620.1.1"))


@pytest.mark.parametrize(
    ("given", "key", "said"),
    [
        (settings("590.48.01", "proprietary", ("V100",)), "version", "580 is the last branch"),
        (settings("580.95.05", "open", ("P40",)), "modules", "has no GSP"),
        (settings("580.95.05", "proprietary", ("B200",)), "modules", "needs open modules"),
        (settings("565.57.01", "proprietary", ("B200",)), "version", "570 is the first branch"),
        (settings("620.1.1", "proprietary", ("A100",)), "modules", "proprietary modules no more"),
        (settings("580.95.05", "open", ("P40", "RTX 5090")), "cards", "no driver drives all"),
        (settings("580.95.05", "open", ("RTX 3095",)), "cards", '"RTX 3095" is no card'),
        (settings("580.95.05", "open", ("GRID T4-16C",)), "cards", "vGPU"),
    ],
)
def test_a_wrong_promise_is_told_at_its_setting(
    given: GpuDriverSettings, key: str, said: str
) -> None:
    ((where, sentence),) = mistakes(given)
    assert where == key
    assert said in sentence


def test_a_mix_may_be_allowed() -> None:
    assert not mistakes(settings(cards=("P40", "RTX 5090"), allow_mixed=True))


def test_the_labs_cards_count_by_name_or_by_id() -> None:
    old = LabEntry(os="debian-13", gpus=(LabGpu(name="Tesla P40", pci_id="10de:1b38"),))
    unnamed = LabEntry(os="debian-13", gpus=(LabGpu(name="Graphics Device", pci_id="10de:1b38"),))
    assert [key for key, _ in mistakes(settings(), lab=old)] == ["modules"]
    assert [key for key, _ in mistakes(settings(), lab=unnamed)] == ["modules"]
    assert not mistakes(settings(), lab=LabEntry(os="debian-13", gpus=(LabGpu(),)))


def test_the_manifests_cards_count(tmp_path: Path) -> None:
    file = manifest(tmp_path, "Tesla V100-PCIE-16GB")
    assert [key for key, _ in mistakes(settings(), file=file)] == ["modules"]


def test_another_hosts_cards_do_not_count(tmp_path: Path) -> None:
    file = manifest(tmp_path, "Tesla V100-PCIE-16GB", node="gpu-2")
    assert not mistakes(settings(), file=file)


@pytest.mark.parametrize("text", ["[", "just text", "gpu-1: 3", "gpu-1: {gpus: 7}", "\x00"])
def test_a_manifest_that_is_broken_says_nothing_of_cards(tmp_path: Path, text: str) -> None:
    (tmp_path / "rack.hardware.yaml").write_text(text)
    assert not mistakes(settings(), file=tmp_path / "rack.py")


def test_an_ended_branch_is_a_warning_and_no_mistake() -> None:
    ended = settings("535.261.03", "proprietary", ("V100",))
    ((key, sentence),) = cautions(ended)
    assert key == "version"
    assert "ended in 2026-06" in sentence
    assert "580.126.20" in sentence
    assert not mistakes(ended)

from pathlib import Path

from infra.cli_options import lab_hosts
from infra.lab.emulated import qemu, tree
from infra.lab.spec import LabHost
from infra.site import load

INVENTORY = Path(__file__).parents[4] / "inventories" / "emulated.py"


def host() -> LabHost:
    return lab_hosts(load(INVENTORY, allow_unlocked=True).nodes)[0]


def words(made: LabHost) -> list[str]:
    planned = tree.functions(made)
    return list(qemu.command(made, tree=planned, where=Path("/lab/iron-1"), kernel=Path("/k")))


def orders(made: LabHost) -> list[str]:
    """What the kernel is told."""
    return words(made)[words(made).index("-append") + 1].split()


def test_the_inventory_asks_for_a_host_that_can_be_emulated() -> None:
    assert host().kind == "emulated"
    assert list(tree.unfit(host())) == []


def test_it_begins_halted_and_is_no_guest() -> None:
    assert "-S" in words(host())
    assert "hypervisor=off" in words(host())[words(host()).index("-cpu") + 1].split(",")


def test_the_iommu_is_there_as_asked_before_any_device() -> None:
    found = words(host())
    units = [at for at, word in enumerate(found) if word.startswith("intel-iommu")]
    assert units == [found.index("-device") + 1]
    assert "iommu=pt" in orders(host())
    translating = host().model_copy(update={"iommu": "translating"})
    assert "iommu=pt" not in orders(translating)
    assert any(word.startswith("intel-iommu") for word in words(translating))
    none = host().model_copy(update={"iommu": "off"})
    assert not any(word.startswith("intel-iommu") for word in words(none))


def test_its_link_is_the_one_that_the_lab_plugs_in() -> None:
    assert "tap,id=net,ifname=host31,script=no,downscript=no" in words(host())

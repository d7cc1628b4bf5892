import pytest

from roles.pcie_topology import iommu
from roles.pcie_topology.tree import Function, Gpu, Tree


def tree(*groups: str | None, virtual: str = "none", cmdline: str = "quiet") -> Tree:
    gpus = (Gpu(Function(f"0000:4{n}:00.0", group=group)) for n, group in enumerate(groups))
    return Tree(gpus=tuple(gpus), virtual=virtual, cmdline=cmdline)


@pytest.mark.parametrize(
    ("group", "promised", "is_right"),
    [
        (None, "no_translation", True),
        ("identity", "no_translation", True),
        ("DMA", "no_translation", False),
        ("DMA-FQ", "no_translation", False),
        (None, "off", True),
        ("identity", "off", False),
        ("identity", "passthrough", True),
        (None, "passthrough", False),
    ],
)
def test_the_mode_is_read_from_the_groups_type(
    group: str | None, promised: str, is_right: bool
) -> None:
    assert (iommu.faults(tree(group, group), promised=promised) == []) is is_right


def test_a_fault_names_every_card_its_type_and_what_to_do() -> None:
    (said,) = iommu.faults(tree("identity", "DMA-FQ"), promised="no_translation")
    assert "0000:41:00.0 (10de:): the IOMMU is translating (type DMA-FQ)" in said
    assert "0000:40" not in said
    assert "iommu=pt" in said


def test_a_kernel_that_tells_no_type_is_judged_by_its_orders() -> None:
    ordered = tree("", cmdline="ro iommu=pt")
    assert iommu.mode(ordered.gpus[0], cmdline=ordered.cmdline) == "passthrough"
    silent = tree("", "identity")
    assert iommu.untold(silent) == ["0000:40:00.0 (10de:)"]
    assert iommu.faults(silent, promised="off")[0].count("the IOMMU is") == 1


def test_without_a_promise_only_real_iron_with_two_gpus_is_judged() -> None:
    assert iommu.not_judged(tree(None, None), promised="no_translation") is None
    assert "any" in str(iommu.not_judged(tree(None, None), promised="any"))
    guest = tree("DMA", "DMA", virtual="kvm")
    assert "a guest (kvm)" in str(iommu.not_judged(guest, promised="no_translation"))
    assert "no two GPUs" in str(iommu.not_judged(tree("DMA"), promised="no_translation"))
    assert iommu.not_judged(tree("DMA", virtual="kvm"), promised="off") is None

from roles.pcie_topology import bars
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Driver, Function, Gpu, Tree

BDF = "0000:41:00.0"


def tree(bar1_mib: int, *, memory_mib: int | None = 24576) -> Tree:
    told = Driver("GPU-1", "RTX 3090", memory_mib=memory_mib) if memory_mib is not None else None
    return Tree(gpus=(Gpu(Function(BDF, regions=(1 << 24, bar1_mib << 20)), driver=told),))


def manifest(bar1_mib: int) -> Manifest:
    return Manifest("2026-11-20", gpus=(PromisedGpu(BDF, "RTX 3090", bar1_mib=bar1_mib),))


def test_nothing_is_promised_unless_somebody_says_so() -> None:
    assert not bars.is_promised(holds_memory=False, manifest=None)
    assert not bars.is_promised(holds_memory=False, manifest=manifest(0))
    assert bars.is_promised(holds_memory=True, manifest=None)
    assert bars.is_promised(holds_memory=False, manifest=manifest(256))


def test_a_window_that_shrank_is_a_fault() -> None:
    (said,) = bars.faults(tree(256), holds_memory=False, manifest=manifest(32768))
    assert "BAR1 is 256 MiB of 24576 MiB memory, the manifest says 32768 MiB" in said
    assert "Above 4G Decoding" in said
    assert bars.faults(tree(32768), holds_memory=False, manifest=manifest(32768)) == []


def test_a_small_window_is_a_fault_where_it_must_hold_the_memory() -> None:
    assert bars.faults(tree(256), holds_memory=False, manifest=None) == []
    assert bars.faults(tree(16384), holds_memory=True, manifest=None) != []
    assert bars.faults(tree(32768), holds_memory=True, manifest=None) == []


def test_without_a_driver_only_the_smallest_window_is_surely_wrong() -> None:
    assert bars.faults(tree(256, memory_mib=None), holds_memory=True, manifest=None) != []
    large = tree(32768, memory_mib=None)
    assert bars.faults(large, holds_memory=True, manifest=None) == []
    assert bars.untold(large, holds_memory=True) == [large.gpus[0].label]
    assert bars.untold(large, holds_memory=False) == []
    assert bars.untold(tree(32768), holds_memory=True) == []

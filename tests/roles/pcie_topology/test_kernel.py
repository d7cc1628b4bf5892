import subprocess

from roles.pcie_topology import kernel
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Function, Gpu, Link, Tree

BDF = "0000:06:00.0"
NARROW = (
    "kernel [    0.731402] pci 0000:06:00.0: 126.024 Gb/s available PCIe bandwidth, limited by "
    "16.0 GT/s PCIe x8 link at 0000:04:01.0 (capable of 504.112 Gb/s with 32.0 GT/s PCIe x16 link)"
)
SLOW = NARROW.replace("16.0 GT/s PCIe x8", "2.5 GT/s PCIe x16")
XID = "kernel [99.1] NVRM: Xid (PCI:0000:06:00): 79, pid='<unknown>', GPU has fallen off the bus."


def tree(port_width: int = 16, config: str = "10de") -> Tree:
    port = Function("0000:04:01.0", link=Link(max_speed=16.0, max_width=port_width))
    own = Function(BDF, device="2330", link=Link(max_speed=32.0, max_width=16), config=config)
    return Tree(gpus=(Gpu(own, path=(port,)),))


def narrow(line: str, **more: int) -> list[str]:
    return kernel.narrow(tree(**more), [line], given={}, manifest=None)


def test_a_link_that_came_up_narrow_is_named_with_its_port() -> None:
    (said,) = narrow(NARROW)
    assert "the kernel found x8 at port 0000:04:01.0, card and slot give x16" in said


def test_a_link_that_the_slot_makes_narrow_is_no_fault() -> None:
    assert narrow(NARROW, port_width=8) == []
    given = kernel.narrow(tree(), [NARROW], given={BDF: 8}, manifest=None)
    assert given == []


def test_a_link_that_came_up_slow_is_no_fault() -> None:
    assert narrow(SLOW) == []


def test_older_kernels_write_no_pcie_after_the_speed() -> None:
    assert narrow(NARROW.replace("GT/s PCIe x8", "GT/s x8")) != []


def test_links_of_other_devices_are_no_gpus() -> None:
    assert narrow(NARROW.replace("pci 0000:06", "mlx5_core 0000:9c")) == []
    assert narrow("kernel something else") == []


def test_the_manifest_may_promise_more_than_the_slot_tells() -> None:
    promised = Manifest("2026-11-20", gpus=(PromisedGpu(BDF, "H100", width=16),))
    said = kernel.narrow(tree(8), [NARROW], given={}, manifest=promised)
    assert "the manifest says x16" in said[0]


def test_a_gpu_that_fell_off_the_bus_is_named_once() -> None:
    again = "kernel [99.2] NVRM: GPU 0000:06:00.0: GPU has fallen off the bus."
    said = kernel.lost(tree(), [XID, again], manifest=None)
    assert said == ["0000:06:00.0 (H100 80GB HBM3): fell off the bus since this boot"]


def test_a_gpu_that_is_gone_is_named_by_the_manifest() -> None:
    promised = Manifest("2026-11-20", gpus=(PromisedGpu(BDF, "H100", slot="4"),))
    (said,) = kernel.lost(Tree(), [XID], manifest=promised)
    assert said.startswith("0000:06:00.0 (H100, slot 4): fell off")


def test_a_gpu_that_nobody_knows_is_named_as_the_kernel_does() -> None:
    assert kernel.lost(Tree(), [XID], manifest=None)[0].startswith("0000:06:00")
    nameless = "kernel [99.2] NVRM: GPU has fallen off the bus."
    assert kernel.lost(tree(), [nameless], manifest=None) == [
        "a GPU: fell off the bus since this boot"
    ]


def test_other_xids_and_lines_are_another_matter() -> None:
    other = "kernel [1.0] NVRM: Xid (PCI:0000:06:00): 31, pid=1, name=python3"
    assert kernel.lost(tree(), [other, XID.removeprefix("kernel ")], manifest=None) == []


def test_a_gpu_that_does_not_answer_is_lost_though_the_kernel_is_silent() -> None:
    assert "does not answer" in kernel.lost(tree(config="ffff"), [], manifest=None)[0]


def test_the_command_stands_a_host_without_kernel_log() -> None:
    done = subprocess.run(["sh", "-c", kernel.COMMAND], capture_output=True, check=False)
    assert done.returncode == 0

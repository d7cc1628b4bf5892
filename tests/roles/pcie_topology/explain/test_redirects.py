from dataclasses import replace

from roles.pcie_topology.explain.pci_device import Device
from roles.pcie_topology.explain.redirects import judged

ON = "\tACSCtl:\tSrcValid+ TransBlk- ReqRedir+ CmpltRedir+ UpstreamFwd+ EgressCtrl- DirectTrans-"
OFF = ON.replace("+", "-")


def port(bus: int, acs: str) -> Device:
    buses = f"\tBus: primary=00, secondary={bus:02x}, subordinate={bus:02x}, sec-latency=0"
    return Device(f"0000:00:{bus:02x}.0", "PCI bridge", lines=(buses, acs))


def gpu(bus: int) -> Device:
    return Device(f"0000:{bus:02x}:00.0", "3D controller", words="NVIDIA Corporation X [T4]")


def test_a_redirect_above_a_gpu_is_an_error_that_names_the_bridge() -> None:
    p2p, (finding,) = judged([port(1, ON), port(2, OFF), gpu(1), gpu(2)])
    assert (p2p, finding.severity) == ("unproven", "error")
    assert "0000:00:01.0" in finding.message
    assert "0000:00:02.0" not in finding.message


def test_a_redirect_above_another_device_does_not_matter() -> None:
    p2p, (finding,) = judged([port(1, OFF), port(2, OFF), port(3, ON), gpu(1), gpu(2)])
    assert (p2p, finding.severity) == ("unproven", "info")


def test_a_redirect_in_an_unknown_tree_must_be_mapped() -> None:
    without_buses = replace(port(1, ON), lines=(ON,))
    p2p, (finding,) = judged([without_buses, replace(without_buses, lines=(OFF,)), gpu(1), gpu(2)])
    assert p2p == "unproven"
    assert "map each line" in finding.advice


def test_one_gpu_has_no_peer() -> None:
    assert judged([port(1, ON), gpu(1)]) == ("n/a", ())

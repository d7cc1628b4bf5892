from roles.pcie_topology.explain.pci_device import Device
from roles.pcie_topology.explain.pci_link import above, bar1_mib, control, driver, is_denied, link

CAN = "\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L1"


def bridge(address: str, first: str, last: str) -> Device:
    buses = f"\tBus: primary=00, secondary={first}, subordinate={last}, sec-latency=0"
    return Device(address, "PCI bridge", lines=(buses,))


def test_link_lines_are_read() -> None:
    state = "\t\tLnkSta:\tSpeed 2.5GT/s (downgraded), Width x8 (downgraded)"
    found = link(Device(lines=(CAN, state)))
    assert found is not None
    assert (found.gen, found.gen_max, found.width, found.width_max) == (1, 4, 8, 16)
    assert found.narrowed
    assert found.slowed
    assert not found.torn


def test_lines_of_two_devices_are_torn() -> None:
    found = link(Device(lines=(CAN, CAN)))
    assert found is not None
    assert found.torn


def test_no_link_lines_are_no_link() -> None:
    assert link(Device(lines=("\tLatency: 0",))) is None


def test_bridges_above_stand_from_the_root_down() -> None:
    listing = [
        bridge("0000:04:01.0", "06", "06"),
        bridge("0000:03:00.0", "04", "06"),
        bridge("0000:00:01.0", "03", "06"),
        bridge("0000:00:02.0", "07", "07"),
        bridge("0001:00:01.0", "06", "06"),
    ]
    found = above(Device("0000:06:00.0"), listing)
    assert [one.address for one in found] == ["0000:00:01.0", "0000:03:00.0", "0000:04:01.0"]


def test_the_window_is_the_largest_prefetchable_one() -> None:
    regions = (
        "Region 0: Memory at f8000000 (32-bit, non-prefetchable) [size=64G]",
        "Region 1: Memory at 3f000000000 (64-bit, prefetchable) [size=32G]",
        "Region 3: Memory at 40000000000 (64-bit, prefetchable) [size=32M]",
    )
    assert bar1_mib(Device(lines=regions)) == 32768


def test_control_driver_and_denial_are_read() -> None:
    lines = ("\t\tACSCtl:\tSrcValid+", "\tKernel driver in use: nouveau")
    assert (control(Device(lines=lines)), driver(Device(lines=lines))) == ("SrcValid+", "nouveau")
    assert is_denied(Device(lines=("\tCapabilities: <access denied>",)))

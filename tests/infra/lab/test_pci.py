import struct

from infra.lab.pci import Function, Link, attributes, config

CARD = Function(
    bdf="0000:41:00.0",
    vendor=0x10DE,
    device=0x2204,
    class_code=0x030000,
    subsystem=(0x10DE, 0x1467),
    link=Link(gen=1, max_gen=4, width=8, max_width=16),
    regions=((0xF2000000, 1 << 24, 0x40200), (1 << 40, 1 << 35, 0x14220C)),
)


def test_link_files_read_as_the_kernel_writes_them() -> None:
    found = attributes(CARD, cpus="0-1")
    assert found["current_link_speed"] == "2.5 GT/s PCIe"
    assert found["max_link_speed"] == "16.0 GT/s PCIe"
    assert (found["current_link_width"], found["max_link_width"]) == ("8", "16")


def test_resource_has_a_row_for_each_of_thirteen_regions() -> None:
    rows = attributes(CARD, cpus="0-1")["resource"].splitlines()
    assert len(rows) == 13
    assert rows[0] == "0x00000000f2000000 0x00000000f2ffffff 0x0000000000040200"
    assert rows[12] == "0x0000000000000000 0x0000000000000000 0x0000000000000000"


def test_configuration_space_carries_the_link_as_lspci_reads_it() -> None:
    space = config(CARD)
    assert len(space) == 4096
    assert struct.unpack_from("<HH", space, 0) == (0x10DE, 0x2204)
    (able,) = struct.unpack_from("<I", space, 0x78 + 0x0C)
    (status,) = struct.unpack_from("<H", space, 0x78 + 0x12)
    assert (able & 0xF, able >> 4 & 0x3F) == (4, 16)
    assert (status & 0xF, status >> 4 & 0x3F) == (1, 8)


def test_a_root_port_names_the_bus_below_it() -> None:
    link = Link(gen=1, max_gen=4, width=16, max_width=16)
    port = Function("0000:40:01.0", 0x1022, 0x1483, 0x060400, link=link, secondary_bus=0x41)
    assert tuple(config(port)[0x18:0x1A]) == (0x40, 0x41)

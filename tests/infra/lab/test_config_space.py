import struct
from dataclasses import replace

from infra.lab.config_space import config
from infra.lab.pci import Function, Link

LINK = Link(gen=1, max_gen=4, width=8, max_width=16)
CARD = Function("0000:41:00.0", 0x10DE, 0x2204, 0x030000, link=LINK, resizable=(256, 32768))
PORT = Function(
    "0000:40:01.0",
    0x1022,
    0x1483,
    0x060400,
    link=LINK,
    port="root",
    secondary_bus=0x41,
    subordinate_bus=0x44,
)


def capabilities(space: bytes) -> dict[int, int]:
    """Offsets of extended capabilities by their number."""
    found, at = {}, 0x100
    while at:
        (word,) = struct.unpack_from("<I", space, at)
        found[word & 0xFFFF] = at
        at = word >> 20
    return found


def test_configuration_space_carries_the_link_as_lspci_reads_it() -> None:
    space = config(CARD)
    assert len(space) == 4096
    assert struct.unpack_from("<HH", space, 0) == (0x10DE, 0x2204)
    (able,) = struct.unpack_from("<I", space, 0x78 + 0x0C)
    (status,) = struct.unpack_from("<H", space, 0x78 + 0x12)
    assert (able & 0xF, able >> 4 & 0x3F) == (4, 16)
    assert (status & 0xF, status >> 4 & 0x3F) == (1, 8)


def test_a_port_names_the_buses_below_it() -> None:
    assert tuple(config(PORT)[0x18:0x1B]) == (0x40, 0x41, 0x44)


def test_ports_that_send_on_to_peers_have_access_control_first_and_off() -> None:
    for port in ("root", "downstream"):
        space = config(replace(PORT, port=port))
        assert capabilities(space)[0x0D] == 0x100
        assert struct.unpack_from("<HH", space, 0x104) == (0x1F, 0)


def test_cards_and_upstream_ports_have_no_access_control() -> None:
    assert 0x0D not in capabilities(config(CARD))
    assert 0x0D not in capabilities(config(replace(PORT, port="upstream")))


def test_a_resizable_bar_tells_its_size() -> None:
    space = config(CARD)
    able, control = struct.unpack_from("<II", space, capabilities(space)[0x15] + 4)
    assert control & 7 == 1
    assert 1 << (control >> 8 & 0x3F) == 256
    assert able >> 4 & 1 << 15

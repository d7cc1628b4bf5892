import pytest

from roles.gpu_driver import vgpu


def space(*capabilities: bytes, listed: bool = True, size: int = 256) -> bytes:
    """A configuration space whose capabilities follow one another from 0x60."""
    config = bytearray(size)
    config[0x06] = 0x10 if listed else 0
    at = 0x60
    config[0x34] = at if capabilities else 0
    for number, one in enumerate(capabilities):
        following = at + 0x10 if number + 1 < len(capabilities) else 0
        config[at : at + len(one) + 2] = bytes((one[0], following)) + one[1:]
        at += 0x10
    return bytes(config)


EXPRESS = bytes((0x10, 0x02, 0x00, 0x00))
MARKED = bytes((0x09, 0x14)) + b"VF"
OTHER = bytes((0x09, 0x14, 0x01, 0x00))


def test_the_mark_is_found_behind_other_capabilities() -> None:
    assert vgpu.is_guest(space(EXPRESS, MARKED))
    assert vgpu.is_guest(space(OTHER, MARKED))


@pytest.mark.parametrize(
    "config",
    [
        space(EXPRESS),
        space(OTHER),
        space(MARKED, listed=False),
        space(),
        b"",
        space(MARKED)[:64],
        space(MARKED)[:0x63],
    ],
)
def test_without_the_mark_it_is_a_card(config: bytes) -> None:
    assert not vgpu.is_guest(config)


def test_a_ring_of_capabilities_ends() -> None:
    ring = bytearray(space(EXPRESS))
    ring[0x61] = 0x60
    assert not vgpu.is_guest(bytes(ring))


def test_guests_are_told_by_their_addresses() -> None:
    lines = [f"0000:00:05.0 {space(MARKED).hex()}", f"0000:00:06.0 {space(OTHER).hex()}", "x"]
    assert vgpu.guests(lines) == {"0000:00:05.0"}

import pytest

from roles.pcie_topology.explain.address import generation, number, sysfs_address


@pytest.mark.parametrize(
    ("written", "sysfs"),
    [
        ("00000000:C1:00.0", "0000:c1:00.0"),
        ("0000000F:01:00.0", "000f:01:00.0"),
        ("01:00.0", "0000:01:00.0"),
        ("10000:e1:00.0", "10000:e1:00.0"),
        ("no address", ""),
    ],
)
def test_every_tool_writes_addresses_otherwise(written: str, sysfs: str) -> None:
    assert sysfs_address(written) == sysfs


@pytest.mark.parametrize(
    ("speed", "gen"),
    [
        ("2.5 GT/s PCIe", 1),
        ("16.0 GT/s PCIe", 4),
        ("32GT/s", 5),
        ("Unknown", None),
        ("7 GT/s", None),
    ],
)
def test_a_speed_is_a_generation(speed: str, gen: int | None) -> None:
    assert generation(speed) == gen


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("16x", 16),
        ("x8", 8),
        ("81559 MiB", 81559),
        ("43.33 W", None),
        ("[N/A]", None),
        (None, None),
    ],
)
def test_a_number_stands_first_and_whole(text: str | None, found: int | None) -> None:
    assert number(text) == found

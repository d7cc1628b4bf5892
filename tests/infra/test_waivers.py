"""Waivers of an inventory, and those that speak of nothing."""

from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra import waivers
from infra.mistakes import SiteError
from infra.site import load

GIVEN = {"check": "base_system.check_*", "owner": "mara", "reason": "r", "until": "2026-12-31"}
INVENTORY = """
gpu_nodes = (
    [("gpu-1", {"ssh_hostname": "10.0.0.1"})],
    {"waivers": [{"check": "gpu_drivr.check_x", "owner": "m", "reason": "r", "until": "soon"}]},
)
"""


def read(**changed: str) -> waivers.Waiver:
    return waivers.read({"waivers": [{**GIVEN, **changed}]})[0]


def test_a_waiver_ends_with_its_last_day() -> None:
    assert not read().expired(today=date(2026, 12, 31))
    assert read().expired(today=date(2027, 1, 1))


@pytest.mark.parametrize(
    "changed",
    [
        {"owner": ""},
        {"reason": ""},
        {"until": "soon"},
        {"until": "9999-12-31"},
        {"check": "check_x"},
        {"because": "x"},
    ],
)
def test_a_waiver_has_an_owner_a_reason_a_check_and_a_last_day(changed: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        read(**changed)


def astray(check: str) -> list[tuple[str, str]]:
    return list(waivers.astray([read(check=check)], ("base_system", "gpu_driver")))


@pytest.mark.parametrize(
    "check",
    ["base_system.check_base_packages_are_installed", "base_system.*", "gpu_driver.*_smi_*"],
)
def test_a_waiver_may_name_one_check_or_several(check: str) -> None:
    assert astray(check) == []


def test_a_waiver_of_no_check_says_which_is_meant() -> None:
    assert astray("gpu_drivr.check_x") == [
        ("waivers.0.check", "this host has no role gpu_drivr; did you mean gpu_driver?")
    ]
    assert astray("base_system.check_base_package_is_installed") == [
        (
            "waivers.0.check",
            "base_system has no check check_base_package_is_installed; "
            "did you mean check_base_packages_are_installed?",
        )
    ]


def test_an_inventory_with_a_wrong_waiver_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    for text in (INVENTORY, INVENTORY.replace("soon", "2026-12-31")):
        path.write_text(text)
        with pytest.raises(SiteError) as wrong:
            load(path)
        assert [one.key for one in wrong.value.mistakes if one.key.startswith("waivers")]

"""A node's last check, by today's waivers."""

from datetime import date
from typing import Any

import pytest

from infra.status import Look
from infra.status_checked import Checked, of
from infra.waivers import Waiver

TODAY = date(2026, 11, 21)
WAIVER = Waiver(check="r.check_x", owner="mara", reason="on order", until=date(2026, 11, 21))
FAILED = {"role": "r", "check": "check_x", "verdict": "failed"}
RECORD: dict[str, Any] = {
    "started": "2026-11-21T03:12:00+00:00",
    "boot_id": "b",
    "passed": 60,
    "verdicts": [FAILED, {**FAILED, "check": "check_y"}, {**FAILED, "verdict": "unproven"}],
}


def checked(*waivers: Waiver, today: date = TODAY, **records: Any) -> Checked:  # noqa: ANN401
    look = Look("a", boot_id="b", records={"last_check": RECORD, **records})
    found = of(look, waivers=waivers, today=today)
    assert found is not None
    return found


def test_what_was_never_checked_is_none() -> None:
    assert of(Look("a"), waivers=(), today=TODAY) is None


def test_verdicts_are_counted_as_they_were_left() -> None:
    found = checked()
    assert (found.passed, len(found.failed), found.unproven, found.outdated) == (60, 2, 1, False)


def test_what_a_waiver_bears_counts_no_more_until_it_expires() -> None:
    assert [one.check for one in checked(WAIVER).failed] == ["check_y"]
    over = checked(WAIVER, today=date(2026, 11, 22)).failed
    assert [one.check for one in over] == ["check_x", "check_y", "waiver"]


def test_a_waiver_that_was_over_then_and_goes_on_today_fails_no_more() -> None:
    was_over = {**RECORD, "verdicts": [{"role": "r", "check": "waiver", "verdict": "failed"}]}
    assert [one.check for one in checked(last_check=was_over).failed] == []
    glob = WAIVER.model_copy(update={"check": "r.*"})
    over = WAIVER.model_copy(update={"until": date(2026, 1, 1)})
    assert [one.check for one in checked(glob, over, last_check=was_over).failed] == []
    bad = {**RECORD, "verdicts": [FAILED]}
    assert [one.check for one in checked(glob, over, last_check=bad).failed] == ["waiver"]


def test_a_check_of_some_roles_is_a_part() -> None:
    assert checked(last_check={**RECORD, "roles": ["r"]}).part
    assert not checked(last_check={**RECORD, "roles": None}).part


@pytest.mark.parametrize(
    ("records", "outdated"),
    [
        ({}, False),
        ({"last_check": {**RECORD, "boot_id": "before"}}, True),
        ({"last_deploy": {"started": "2026-11-21T03:00:00+00:00"}}, False),
        ({"last_deploy": {"started": "2026-11-21T04:00:00+00:00"}}, True),
        ({"last_deploy": {"started": "once"}}, False),
    ],
)
def test_a_check_of_another_boot_or_deploy_is_outdated(
    records: dict[str, Any], outdated: bool
) -> None:
    assert checked(**records).outdated is outdated


def test_a_record_that_is_damaged_counts_what_is_there() -> None:
    found = checked(last_check={"verdicts": "gone", "passed": None})
    assert (found.passed, found.failed, found.unproven) == (0, (), 0)

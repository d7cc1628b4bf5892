"""The folder of nightly reports."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from infra import nightly_reports
from infra.nightly_reports import BusyError, OthersError

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=timezone.utc)


def night(reports: Path, *, days_ago: int = 0) -> Path:
    made = nightly_reports.begun(reports, started=NOW - timedelta(days=days_ago))
    (made / "report.html").write_text(f"{days_ago} days ago")
    return nightly_reports.ended(made)


def test_the_latest_is_the_night_that_ended_last(tmp_path: Path) -> None:
    night(tmp_path, days_ago=1)
    assert night(tmp_path).name == "2026-11-21T023000Z"
    assert (tmp_path / "latest" / "report.html").read_text() == "0 days ago"
    assert (tmp_path / "latest").readlink() == Path("2026-11-21T023000Z")


def test_what_is_under_way_is_not_the_latest_and_does_not_stay(tmp_path: Path) -> None:
    night(tmp_path, days_ago=2)
    nightly_reports.begun(tmp_path, started=NOW - timedelta(days=1))
    assert (tmp_path / "latest" / "report.html").read_text() == "2 days ago"
    night(tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_old_nights_go_but_never_the_latest_nor_what_is_no_night(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    for days in (300, 200, 100):
        night(tmp_path, days_ago=days)
    gone = nightly_reports.forget(tmp_path, before=timedelta(days=90), now=NOW)
    assert len(gone) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2026-08-13T023000Z",
        "latest",
        "notes",
    ]


def test_nights_of_an_inventory_are_one_after_the_other(tmp_path: Path) -> None:
    with (
        nightly_reports.alone(tmp_path),
        pytest.raises(BusyError),
        nightly_reports.alone(tmp_path),
    ):
        pass
    with nightly_reports.alone(tmp_path):
        pass


def test_a_folder_has_one_inventorys_reports(tmp_path: Path) -> None:
    reports, rack = tmp_path / "reports", tmp_path / "rack.py"
    rack.touch()
    for _ in range(2):
        nightly_reports.claim(reports, inventory=rack)
    with pytest.raises(OthersError, match=r"reports of .*rack\.py; give each"):
        nightly_reports.claim(reports, inventory=tmp_path / "lab.py")


def test_an_inventory_that_was_renamed_keeps_its_folder(tmp_path: Path) -> None:
    reports, rack, renamed = tmp_path / "reports", tmp_path / "rack.py", tmp_path / "racks.py"
    rack.touch()
    nightly_reports.claim(reports, inventory=rack)
    rack.rename(renamed)
    nightly_reports.claim(reports, inventory=renamed)
    with pytest.raises(OthersError, match=r"reports of .*racks\.py"):
        nightly_reports.claim(reports, inventory=rack)


def test_a_night_has_every_kind_of_report(tmp_path: Path) -> None:
    named = nightly_reports.files(tmp_path).named
    assert set(named) == {"json", "junit", "html", "markdown", "prometheus"}
    assert named["html"].name == nightly_reports.PAGE

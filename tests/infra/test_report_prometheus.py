"""Metrics of a check."""

import time
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest

from infra import waivers
from infra.drift import Drift, NodeDrift
from infra.report_prometheus import prometheus
from infra.verdict import Report, Verdict

STARTED = datetime(2026, 11, 21, 3, 12, tzinfo=timezone.utc)
GOOD = Verdict("gpu-1", "base_system", "check_time", "S", "passed")
AWAY = Verdict("gpu-2", "base_system", "check_time", "S", "unproven", "unreachable: off")


def exposed(*verdicts: Verdict, drift: Drift | None = None, **given: object) -> list[str]:
    report = Report('a"b\\c.py', STARTED, 1.5, verdicts)
    found = {node: waivers.read({"waivers": each}) for node, each in given.items()}
    return prometheus(report, waivers=found, drift=drift).splitlines()


def test_every_role_has_a_series_for_each_word() -> None:
    place = 'inventory="a\\"b\\\\c.py",node="gpu-1",role="base_system"'
    assert [line for line in exposed(GOOD) if "_checks{" in line][:4] == [
        f'infra_compliance_checks{{{place},verdict="passed"}} 1',
        f'infra_compliance_checks{{{place},verdict="failed"}} 0',
        f'infra_compliance_checks{{{place},verdict="unproven"}} 0',
        f'infra_compliance_checks{{{place},verdict="waived"}} 0',
    ]


def test_the_run_has_its_time() -> None:
    at = 'infra_compliance_last_run_timestamp_seconds{inventory="a\\"b\\\\c.py"} 1795230720'
    assert at in exposed(GOOD)
    assert STARTED.timestamp() == 1795230720


def test_a_node_that_is_away_has_a_series_of_its_own() -> None:
    lines = [line for line in exposed(GOOD, AWAY) if "reachable{" in line]
    assert [line.rpartition(" ")[2] for line in lines] == ["1", "0"]


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A control host in another time zone."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


def test_a_waiver_ends_after_its_last_day_where_it_is_judged(berlin: None) -> None:
    given = {"check": "base_system.*", "owner": "mara", "reason": "r", "until": "2026-11-21"}
    found = [line for line in exposed(GOOD, node=[given]) if "expiry_timestamp_seconds{" in line]
    midnight = datetime(2026, 11, 21, 23, tzinfo=timezone.utc).timestamp()
    assert [float(line.rpartition(" ")[2]) for line in found] == [midnight]
    assert 'check="base_system.*",owner="mara"' in found[0]


def test_no_series_is_told_twice() -> None:
    given = {"check": "base_system.*", "owner": "mara", "reason": "r", "until": "2026-11-21"}
    lines = exposed(GOOD, AWAY, drift=Drift((NodeDrift("gpu-1"),)), node=[given, given])
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert len(series) == len(set(series))
    heads = [line for line in lines if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads)) == 9


def test_a_family_without_series_is_not_there() -> None:
    assert not [line for line in exposed(GOOD) if "_waiver_" in line or "_drift_" in line]

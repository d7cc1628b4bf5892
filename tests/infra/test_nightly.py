"""The units of a night, as systemd reads them."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.nightly import Nightly, reports_of, units

PLAN = Nightly(
    inventory=Path("/srv/100% ours/rack.py"),
    folder=Path("/srv/100% ours"),
    program=("/opt/infra/bin/python", "-I", "-c", "from infra import x; x()"),
    at="02:30",
    jitter="15m",
    reports=Path("/srv/reports"),
    keep_days=90,
    pages=(Path("/var/www"),),
    textfile=Path("/var/lib/metrics/infra.prom"),
    hook='logger "it\'s $INFRA_REPORT"; echo 100%',
    gate_minutes=5,
    credentials={"key": Path("/etc/infra/credentials/key"), "other": Path("/srv/other.cred")},
    environment={"HOME": "/root"},
)


def text(kind: str, plan: Nightly = PLAN) -> str:
    return next(text for name, text in units(plan).items() if name.endswith(kind))


def test_a_night_is_a_timer_and_a_service_and_so_is_the_gate() -> None:
    assert set(units(PLAN)) == set(PLAN.every_unit)
    assert {name for name in units(PLAN) if name.endswith("timer")} == set(PLAN.timers)


def test_without_gate_and_hook_there_are_two() -> None:
    plain = replace(PLAN, hook=None, gate_minutes=0)
    assert set(units(plain)) == {f"{PLAN.night}.timer", f"{PLAN.night}.service"}
    assert plain.timers == (f"{PLAN.night}.timer",)


def test_two_inventories_of_one_name_have_their_own_units() -> None:
    assert replace(PLAN, inventory=Path("/home/mara/rack.py")).night != PLAN.night


def test_a_missed_night_is_made_up_for_and_jitter_spreads_the_load() -> None:
    timer = units(PLAN)[f"{PLAN.night}.timer"].splitlines()
    assert {"OnCalendar=02:30", "RandomizedDelaySec=15m", "Persistent=true"} <= set(timer)


def test_words_stay_words_for_systemd() -> None:
    command = next(
        line
        for line in units(PLAN)[f"{PLAN.night}.service"].splitlines()
        if line.startswith("ExecStart=")
    )
    assert command == (
        'ExecStart="/opt/infra/bin/python" "-I" "-c" "from infra import x; x()" "nightly" "run" '
        '"/srv/100%% ours/rack.py" "--reports" "/srv/reports" "--keep-days" "90" '
        '"--html" "/var/www" "--textfile" "/var/lib/metrics/infra.prom"'
    )


def test_the_hook_is_one_word_of_the_shell() -> None:
    hook = 'ExecStart=/bin/sh -c "logger \\"it\'s $$INFRA_REPORT\\"; echo 100%%"'
    assert hook in text("failed.service").splitlines()
    assert 'Environment="INFRA_REPORT=/srv/reports/latest/report.html"' in text("failed.service")


def test_systemd_hands_secrets_over_and_decrypts_what_is_encrypted() -> None:
    for name in (PLAN.night, PLAN.gate):
        lines = units(PLAN)[f"{name}.service"].splitlines()
        assert "LoadCredential=key:/etc/infra/credentials/key" in lines
        assert "LoadCredentialEncrypted=other:/srv/other.cred" in lines


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_takes_every_unit(tmp_path: Path) -> None:
    here = replace(PLAN, program=("/bin/true",), folder=Path("/"))
    for name, unit in units(here).items():
        (tmp_path / name).write_text(unit)
    paths = [str(tmp_path / name) for name in units(here)]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", *paths],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("folder", ["/srv/reports", '/srv/100% "ours" $HOME\\x'])
def test_where_reports_lie_is_read_back_from_the_unit(folder: str) -> None:
    plan = replace(PLAN, reports=Path(folder))
    assert reports_of(units(plan)[f"{PLAN.night}.service"]) == Path(folder)
    assert reports_of("[Service]\nExecStart=true\n") is None

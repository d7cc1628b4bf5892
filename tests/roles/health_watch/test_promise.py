import json

from roles.health_watch import program, promise
from roles.health_watch.program.promised import Place, parse_promised
from roles.health_watch.settings import HealthWatchSettings


def test_the_program_reads_what_is_written(settings: HealthWatchSettings) -> None:
    found = parse_promised(promise.config_text(settings))
    assert [(one.node, one.place) for one in found.members] == [
        ("gpu-1", Place("10.0.0.11", 8000)),
        ("gpu-2", Place("10.0.0.12", 8000)),
    ]
    assert [one.standing for one in found.members] == [Place("10.0.0.11", 8098), None]
    assert (found.limits.silence_seconds, found.limits.stall_seconds) == (3, 180)
    assert found.limits.floor == 1


def test_it_is_another_one_for_another_limit(settings: HealthWatchSettings) -> None:
    patient = settings.model_copy(update={"stall_seconds": 600.0})
    digests = {parse_promised(promise.config_text(one)).digest for one in (settings, patient)}
    assert len(digests) == 2


def test_it_names_what_it_is_made_of(settings: HealthWatchSettings) -> None:
    assert len(json.loads(promise.config_text(settings))["made_of"]) == 16


def test_the_unit_comes_back_and_may_do_little() -> None:
    text = promise.unit_text()
    for line in (
        f"ExecStart={program.PATH}",
        "Restart=always",
        "WatchdogSec=30",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
    ):
        assert line in text.splitlines()


def test_running_is_asked_for_with_that_digest(settings: HealthWatchSettings) -> None:
    digest = parse_promised(promise.config_text(settings)).digest
    assert digest in promise.runs_command(settings)

"""Checks of health_watch."""

import hashlib

from testinfra.host import Host

from roles.health_watch import program, promise, sight
from roles.health_watch.program.promised import CONFIG, config_digest
from roles.health_watch.settings import HealthWatchSettings


def check_watch_runs_and_starts_with_the_host(host: Host, settings: HealthWatchSettings) -> None:
    """The watch is running, is started at every boot and again whatever ended it."""
    asked = f"systemctl show -p ActiveState,UnitFileState,Restart {promise.UNIT}"
    found = dict(line.split("=", 1) for line in host.run(asked).stdout.splitlines())
    wanted = {"ActiveState": "active", "UnitFileState": "enabled", "Restart": "always"}
    assert found == wanted, f"{promise.UNIT} has {found}, promised {wanted}"


def check_watch_is_the_promised_one(host: Host, settings: HealthWatchSettings) -> None:
    """Program, unit and configuration of the watch are the promised ones, root's alone to write."""
    promised = {
        program.PATH: (program.MODE, program.text()),
        promise.UNIT_PATH: ("644", promise.unit_text()),
        CONFIG: ("644", promise.config_text(settings)),
    }
    for path, (mode, text) in promised.items():
        said = host.run(f"stat -c '%a %U' {path}; sha256sum <{path}").stdout.split()
        assert said[:2] == [mode, "root"], f"{path} is {' '.join(said[:2]) or 'not there'}"
        wanted = hashlib.sha256(text.encode()).hexdigest()
        assert said[2] == wanted, f"{path} is not the promised one; deploy again"


def check_watch_runs_with_its_configuration(host: Host, settings: HealthWatchSettings) -> None:
    """The watch has taken up the promised members and limits."""
    found = sight.parse(host.run(sight.COMMAND).stdout).config
    wanted = config_digest(promise.config_text(settings))
    assert found == wanted, f"it runs with {found or 'nothing'}, promised is {wanted}"


def check_watch_sees_every_engine(host: Host, settings: HealthWatchSettings) -> None:
    """The watch told within 10 s what it sees of each engine, and can do what it has to."""
    found = sight.parse(host.run(sight.COMMAND).stdout)
    problems = found.problems(member.node for member in settings.members)
    assert not problems, "; ".join(problems)

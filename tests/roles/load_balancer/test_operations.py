import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from pyinfra.context import host

from infra import facts, observed, operations
from infra.testing import Rehearsal, rehearse
from roles.load_balancer import (
    configuration,
    keys,
    known_good,
    program,
    running,
    service,
    upstream,
)
from roles.load_balancer.facts import KnownGood, RunningDigest
from roles.load_balancer.operations import apply, revert
from roles.load_balancer.program.members import MEMBERS
from roles.load_balancer.settings import LoadBalancerSettings

KEY = "sk-0123456789abcdef"
UP = observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)
ABSENT = observed.Unit(load="not-found", active="inactive", enabled="", needs_reload=False)


@pytest.fixture
def ours(settings: LoadBalancerSettings, tmp_path: Path) -> LoadBalancerSettings:
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "key").chmod(0o600)
    return settings.model_copy(update={"api_keys": {"lab": (f"file:{tmp_path / 'key'}",)}})


def digest(settings: LoadBalancerSettings) -> str:
    return configuration.digest_of(settings, key_file=keys.text({"lab": KEY}))


def good(settings: LoadBalancerSettings) -> dict[Any, Any]:
    key_file = keys.text({"lab": KEY})
    texts = {
        keys.PATH: (key_file, "600"),
        configuration.PATH: (configuration.text(settings, key_file=key_file), "644"),
        service.PATH: (service.text(), "644"),
        program.PATH: (program.text(), "755"),
        MEMBERS: (upstream.members_text(settings), "644"),
    }

    def stat(path: str) -> observed.FileStat:
        text, mode = texts[path]
        digest = hashlib.sha256(text.encode()).hexdigest()
        return observed.FileStat(mode=mode, user="root", group="root", sha256=digest)

    held = observed.Package(version="1", held=False)
    return {
        facts.Packages: {"nginx": held, "curl": held, "python3": held},
        facts.FileStat: stat,
        facts.Unit: UP,
        RunningDigest: digest(settings),
        KnownGood: known_good.Kept(digest(settings), digest(settings), frozenset()),
        operations.Succeeds: True,
    }


def text(found: Rehearsal) -> str:
    return "\n".join(command.text for command in found.commands)


def test_a_bare_host_gets_nginx_with_our_configuration(ours: LoadBalancerSettings) -> None:
    found = rehearse(apply, ours, facts={facts.Unit: ABSENT})
    assert found.error is None
    assert found.changed[:8] == (
        "Install nginx",
        "Limit nginx's rights",
        "Write rotation program",
        "Write nodes",
        "Take up nodes",
        "Write API keys",
        "Write nginx configuration",
        "Start nginx",
    )
    assert found.changed[-1] == "Keep the proven configuration"


def test_a_second_run_changes_nothing(ours: LoadBalancerSettings) -> None:
    found = rehearse(apply, ours, facts=good(ours))
    assert found.error is None
    assert found.commands == ()


def test_nothing_goes_live_that_nginx_does_not_accept(ours: LoadBalancerSettings) -> None:
    written = [
        command.text
        for command in rehearse(apply, ours, facts={facts.Unit: ABSENT}).commands
        if "/etc/nginx/nginx.conf" in command.text
    ]
    assert written[0].index('nginx -t -q -c "$t"') < written[0].index("mv -f")


def test_keys_are_in_no_argument_list_and_for_root_alone(ours: LoadBalancerSettings) -> None:
    found = rehearse(apply, ours, facts={facts.Unit: ABSENT})
    assert KEY not in text(found)
    [written] = [command for command in found.commands if command.text.endswith(keys.PATH)]
    assert "chmod 600" in written.text
    assert KEY in base64.b64decode(written.stdin).decode()


def test_what_nginx_does_not_run_yet_is_taken_up(ours: LoadBalancerSettings) -> None:
    """An earlier run was killed between writing and reloading."""
    found = rehearse(apply, ours, facts={**good(ours), RunningDigest: "0123456789abcdef"})
    assert found.changed == ("Reload nginx",)


@pytest.mark.parametrize(("served", "how"), [(True, "Restart nginx"), (False, "Start nginx")])
def test_an_nginx_that_is_not_ours_is_restarted_once(
    ours: LoadBalancerSettings, served: bool, how: str
) -> None:
    at_first = {running.ours_command(ours): False, running.SERVED_COMMAND: served}
    marked: dict[str, str] = {}

    def succeeds(command: str) -> bool:
        restarted = bool(host.connector_data.get("commands"))
        return restarted or at_first.get(command, True)

    def act(_: object) -> None:
        apply(ours)
        marked.update(host.connector_data.get("disrupts", {}))

    found = rehearse(act, ours, facts={**good(ours), operations.Succeeds: succeeds})
    assert found.changed == (how,)
    assert "nginx is restarted" in marked.values()


def test_an_nginx_that_is_too_busy_to_answer_is_never_restarted(ours: LoadBalancerSettings) -> None:
    found = rehearse(apply, ours, facts={**good(ours), RunningDigest: ""})
    assert "systemctl restart" not in text(found)
    assert found.changed[0] == "Reload nginx"


def test_a_key_that_cannot_be_used_stops_before_anything_is_changed(
    ours: LoadBalancerSettings, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("short")
    (tmp_path / "key").chmod(0o600)
    found = rehearse(apply, ours, facts={facts.Unit: ABSENT})
    assert "shorter than 16" in (found.error or "")
    assert found.operations == ()


def test_changed_nodes_go_through_the_rotation_program(ours: LoadBalancerSettings) -> None:
    def succeeds(command: str) -> bool:
        return command != f"{program.PATH} verify"

    found = rehearse(apply, ours, facts={**good(ours), operations.Succeeds: succeeds})
    assert found.changed == ("Take up nodes",)
    assert [one.text for one in found.commands] == [f"{program.PATH} apply >/dev/null"]


def test_an_nginx_with_too_many_rights_is_restarted(ours: LoadBalancerSettings) -> None:
    def succeeds(command: str) -> bool:
        return command != service.HARDENED_COMMAND

    found = rehearse(apply, ours, facts={**good(ours), operations.Succeeds: succeeds})
    assert found.changed == ("Restart nginx with fewer rights",)


def test_what_was_changed_by_hand_is_taken_up_again(ours: LoadBalancerSettings) -> None:
    """Its digest may have been left as it was."""
    stat = good(ours)[facts.FileStat]

    def changed(path: str) -> observed.FileStat | None:
        return None if path == configuration.PATH else stat(path)

    found = rehearse(apply, ours, facts={**good(ours), facts.FileStat: changed})
    assert found.changed == ("Write nginx configuration", "Reload nginx")


def reverted(
    settings: LoadBalancerSettings, kept: known_good.Kept | None, *, running: str = ""
) -> Rehearsal:
    def act(_: object) -> None:
        said.append(revert(settings))

    said: list[str | None] = []
    known = {**good(settings), KnownGood: kept, RunningDigest: running}
    found = rehearse(act, settings, facts=known)
    assert (said[0] is not None) == bool(found.commands)
    return found


def test_there_is_nothing_to_go_back_to(ours: LoadBalancerSettings) -> None:
    new_keys = known_good.Kept("a", "a", frozenset({keys.PATH}))
    for kept in (None, known_good.Kept("a", "a", frozenset()), new_keys):
        assert reverted(ours, kept).commands == ()


def test_the_last_proven_configuration_comes_back(ours: LoadBalancerSettings) -> None:
    kept = known_good.Kept("a", "b", frozenset({configuration.PATH}))
    found = reverted(ours, kept, running="b")
    assert found.error is None
    assert found.changed == (
        "Bring back nginx's configuration",
        "Bring back API keys",
        "Take up the nodes as they were",
        "Reload nginx",
    )
    assert found.operations[-1] == "Await nginx's new configuration"


def test_where_the_last_proven_one_runs_its_files_are_enough(ours: LoadBalancerSettings) -> None:
    kept = known_good.Kept("a", "a", frozenset({configuration.PATH}))
    found = reverted(ours, kept, running="a")
    assert found.error is None
    assert found.changed[0] == "Bring back nginx's configuration"
    assert "reload" not in text(found) and "restart" not in text(found)


def test_a_configuration_that_is_not_run_comes_back_too(ours: LoadBalancerSettings) -> None:
    assert reverted(ours, known_good.Kept("a", "", frozenset())).commands

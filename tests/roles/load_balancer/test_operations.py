import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest

from infra import facts, observed, operations
from infra.testing import Rehearsal, rehearse
from roles.load_balancer import configuration, keys
from roles.load_balancer.facts import RunningDigest
from roles.load_balancer.operations import apply
from roles.load_balancer.settings import LoadBalancerSettings

KEY = "sk-0123456789abcdef"
UP = observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)
ABSENT = observed.Unit(load="not-found", active="inactive", enabled="", needs_reload=False)


@pytest.fixture
def ours(settings: LoadBalancerSettings, tmp_path: Path) -> LoadBalancerSettings:
    (tmp_path / "key").write_text(f"{KEY}\n")
    return settings.model_copy(update={"api_keys": {"lab": f"file:{tmp_path / 'key'}"}})


def good(settings: LoadBalancerSettings) -> dict[Any, Any]:
    key_file = keys.text({"lab": KEY})
    drop_in = Path("templates/load_balancer/restart.conf.j2").read_text()
    texts = {
        keys.PATH: (key_file, "600"),
        configuration.PATH: (configuration.text(settings, key_file=key_file), "644"),
        "/etc/systemd/system/nginx.service.d/infra.conf": (drop_in, "644"),
    }

    def stat(path: str) -> observed.FileStat:
        text, mode = texts[path]
        digest = hashlib.sha256(text.encode()).hexdigest()
        return observed.FileStat(mode=mode, user="root", group="root", sha256=digest)

    held = observed.Package(version="1", held=False)
    return {
        facts.Packages: {"nginx": held, "curl": held},
        facts.FileStat: stat,
        facts.Unit: UP,
        RunningDigest: configuration.digest_of(settings, key_file=key_file),
        operations.Succeeds: True,
    }


def text(found: Rehearsal) -> str:
    return "\n".join(command.text for command in found.commands)


def test_a_bare_host_gets_nginx_with_our_configuration(ours: LoadBalancerSettings) -> None:
    found = rehearse(apply, ours, facts={facts.Unit: ABSENT})
    assert found.error is None
    assert found.changed[:5] == (
        "Install nginx",
        "Let nginx restart by itself",
        "Write API keys",
        "Write nginx configuration",
        "Restart nginx",
    )
    assert found.changed[-1] == "Await nginx's new configuration"


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


def test_an_nginx_that_is_not_ours_yet_is_restarted_once(ours: LoadBalancerSettings) -> None:
    answers = iter(["", good(ours)[RunningDigest]])
    found = rehearse(
        apply, ours, facts={**good(ours), RunningDigest: lambda question: next(answers)}
    )
    assert found.changed == ("Restart nginx",)


def test_a_key_that_cannot_be_used_stops_before_anything_is_changed(
    ours: LoadBalancerSettings, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("short")
    found = rehearse(apply, ours, facts={facts.Unit: ABSENT})
    assert "shorter than 16" in (found.error or "")
    assert found.operations == ()

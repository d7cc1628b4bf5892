"""The joined program as a process, without nginx."""

import ast
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import rotation
from roles.load_balancer import program, upstream
from roles.load_balancer.program.state import good_copy
from roles.load_balancer.settings import LoadBalancerSettings

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(two_models: LoadBalancerSettings, tmp_path: Path) -> Run:
    (tmp_path / "infra-rotation").write_text(program.text())
    said = json.loads(upstream.members_text(two_models))
    for place in ("upstreams", "state", "pid"):
        said[place] = str(tmp_path / place)
    (tmp_path / "members").write_text(json.dumps({**said, "test": ["true"], "status_port": 1}))

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        begin = [sys.executable, "-IS", str(tmp_path / "infra-rotation")]
        command = [*begin, "--members", str(tmp_path / "members"), *words]
        return subprocess.run(command, capture_output=True, text=True)

    return call


def by(owner: str) -> list[str]:
    return ["--owner", owner, "--reason", "a test", "--by", "mara@laptop"]


def test_no_name_is_defined_twice_in_the_joined_file() -> None:
    tree = ast.parse(program.text())
    defined = [one.name for one in tree.body if isinstance(one, (ast.FunctionDef, ast.ClassDef))]
    named = [
        target.id
        for one in tree.body
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    ]
    assert [name for name, count in Counter([*defined, *named]).items() if count > 1] == []
    assert "roles." not in program.text()


def test_a_node_goes_out_and_comes_back(run: Run) -> None:
    assert run("apply").returncode == 0
    held = rotation.parse(run("hold", "gpu-1", *by("operator")).stdout)
    assert (held["gpu-1"].state, held["gpu-2"].state) == ("draining", "in")
    assert held["gpu-1"].pools == ("small",)
    [hold] = held["gpu-1"].holds
    assert (hold.owner, hold.reason, hold.by) == ("operator", "a test", "mara@laptop")
    settled = rotation.parse_settled(run("settle", "gpu-1", "--seconds", "5").stdout)
    assert (settled.finished, settled.left) == (0, 0)
    assert rotation.parse(run("show").stdout)["gpu-1"].state == "out"
    assert rotation.parse(run("lift", "gpu-1", "--owner", "deploy").stdout)["gpu-1"].state == "out"
    assert rotation.parse(run("lift", "gpu-1", "--owner", "operator").stdout)["gpu-1"].state == "in"


def test_commands_of_the_contract_are_understood(run: Run) -> None:
    given = {"owner": "deploy", "reason": "driver 580.126.09; it's new", "by": "a@b"}
    for text in (
        rotation.hold_command("gpu-1", keep=1, **given),
        rotation.settle_command("gpu-1", seconds=1),
        rotation.lift_command("gpu-1", owner="deploy"),
        rotation.show_command(),
    ):
        words = subprocess.run(
            ["sh", "-c", f"printf '%s\\n' {text}"], capture_output=True, text=True
        ).stdout.splitlines()
        assert run(*words[1:]).returncode == 0, text


def test_the_last_of_a_pool_stays_in(run: Run, tmp_path: Path) -> None:
    assert run("hold", "gpu-1", *by("a"), "--keep", "1").returncode == 0
    before = (tmp_path / "state").read_text()
    refused = run("hold", "gpu-2", *by("a"), "--keep", "1")
    assert refused.returncode == rotation.REFUSED
    assert "gpu-1 is draining, a: a test" in refused.stderr
    assert (tmp_path / "state").read_text() == before
    assert run("hold", "gpu-1", *by("b"), "--keep", "1").returncode == 0
    assert run("hold", "gpu-3", *by("a"), "--keep", "1").returncode == rotation.REFUSED


def test_an_unknown_node_is_a_mistake_of_usage(run: Run) -> None:
    for words in (["hold", "gpu-9", *by("a")], ["settle", "gpu-9", "--seconds", "1"]):
        done = run(*words)
        assert (done.returncode, "gpu-9 is no member here" in done.stderr) == (2, True)
    assert run("hold", "gpu-1").returncode == 2


def test_a_node_that_is_in_never_settles(run: Run) -> None:
    done = run("settle", "gpu-1", "--seconds", "1")
    assert (done.returncode, "hold it first" in done.stderr) == (1, True)


def test_a_deploy_never_resets_who_is_held(run: Run, tmp_path: Path) -> None:
    run("hold", "gpu-1", *by("operator"))
    said = json.loads((tmp_path / "members").read_text())
    gone = said["pools"][0]["servers"].pop(0)
    (tmp_path / "members").write_text(json.dumps(said))
    assert rotation.parse(run("apply").stdout)["gpu-1"].pools == ()
    said["pools"][0]["servers"].append(gone)
    (tmp_path / "members").write_text(json.dumps(said))
    assert rotation.parse(run("apply").stdout)["gpu-1"].state == "draining"
    assert " down;" in (tmp_path / "upstreams").read_text()


def change_members(tmp_path: Path, **changes: object) -> None:
    said = json.loads((tmp_path / "members").read_text())
    (tmp_path / "members").write_text(json.dumps({**said, **changes}))


def test_who_is_held_and_no_member_any_more_is_shown_and_lifted(run: Run, tmp_path: Path) -> None:
    run("hold", "gpu-3", *by("operator"))
    change_members(tmp_path, pools=json.loads((tmp_path / "members").read_text())["pools"][:1])
    shown = rotation.parse(run("show", "--probe").stdout)["gpu-3"]
    assert (shown.state, shown.pools, shown.in_flight, shown.answers) == ("out", (), 0, None)
    assert [hold.owner for hold in shown.holds] == ["operator"]
    assert run("hold", "gpu-3", *by("deploy"), "--keep", "1").returncode == 0
    assert rotation.parse_settled(run("settle", "gpu-3", "--seconds", "1").stdout).left == 0
    run("lift", "gpu-3", "--owner", "operator")
    assert "gpu-3" not in rotation.parse(run("lift", "gpu-3", "--owner", "deploy").stdout)
    assert run("lift", "gpu-3", "--owner", "deploy").returncode == 2


def test_a_name_without_address_keeps_no_hold_from_being_told(run: Run, tmp_path: Path) -> None:
    pools = json.loads((tmp_path / "members").read_text())["pools"]
    pools[0]["servers"][1]["address"] = "nowhere.invalid"
    change_members(tmp_path, pools=pools)
    for node in ("gpu-1", "gpu-2"):
        assert rotation.parse(run("hold", node, *by("a")).stdout)[node].state == "draining"
    assert run("settle", "gpu-1", "--seconds", "1").returncode == 0
    blind = run("settle", "gpu-2", "--seconds", "1")
    assert (blind.returncode, "nowhere.invalid has no address" in blind.stderr) == (1, True)


@pytest.mark.parametrize(("unwritable", "status"), [("state.good", 0), ("pid", 1)])
def test_what_fails_after_a_hold_is_in_force_does_not_deny_it(
    run: Run, tmp_path: Path, unwritable: str, status: int
) -> None:
    """nginx's test makes the place unusable: it runs just before the hold is taken up."""
    test = ["mkdir", str(tmp_path / unwritable)]
    change_members(tmp_path, test=test)
    done = run("hold", "gpu-1", *by("a"))
    assert (done.returncode, "this is in force" in done.stderr) == (status, True)
    assert "nothing was changed" not in done.stderr
    assert '"gpu-1"' in (tmp_path / "state").read_text()
    assert " down;" in (tmp_path / "upstreams").read_text()


def test_a_broken_state_is_not_overwritten_until_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    run("hold", "gpu-1", *by("operator"))
    (tmp_path / "state").write_text("{broken")
    for words in (["apply"], ["show"], ["hold", "gpu-2", *by("a")]):
        assert run(*words).returncode == 1, words
    assert (tmp_path / "state").read_text() == "{broken"
    assert rotation.parse(run("restore").stdout)["gpu-1"].state == "draining"
    assert (tmp_path / "state.broken").read_text() == "{broken"


def test_what_nginx_does_not_take_changes_nothing(run: Run, tmp_path: Path) -> None:
    run("apply")
    places = [tmp_path / name for name in ("state", "upstreams")]
    before = [one.read_text() for one in places]
    said = json.loads((tmp_path / "members").read_text())
    refuse = ["sh", "-c", """echo '"sk-secret" in /etc/nginx/infra-keys.conf:2' >&2; exit 1"""]
    (tmp_path / "members").write_text(json.dumps({**said, "test": refuse}))
    done = run("hold", "gpu-1", *by("a"))
    assert done.returncode == 1
    assert "the last good one stays" in done.stderr and "sk-secret" not in done.stderr
    assert [one.read_text() for one in places] == before


def test_an_interrupted_one_is_not_taken_for_done(run: Run, tmp_path: Path) -> None:
    run("hold", "gpu-1", *by("a"))
    assert run("verify").returncode == 0
    Path(good_copy(str(tmp_path / "state"))).unlink()
    assert run("verify").returncode == 1
    assert run("hold", "gpu-1", *by("a")).returncode == 0
    assert run("verify").returncode == 0

"""A deployed node is judged where its gate is not open already."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from gevent.lock import BoundedSemaphore

from infra.balancers import Balancers
from infra.bench import Bench
from infra.consent import granted
from infra.gate import Gate, Standing
from infra.gatekeeper import fallen_short, left_shut, settled, shut
from infra.holder import me
from infra.node_state import digest
from infra.outcome import OperationOutcome, RoleOutcome
from infra.permit import Permit
from infra.progress_plain import Plain
from infra.questions import Memory
from infra.rotation import Policy
from infra.session import Asked
from infra.site import Node
from infra.verdict import Verdict, Word
from infra.walk import Options, Walk, ended
from infra.wave import Wave
from infra.wire import Wire
from roles.inference_engine.settings import InferenceEngineSettings


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Judge(Bench):
    """Judges by heart; it counts how often."""

    def __init__(self, word: Word) -> None:
        super().__init__(())
        self.word, self.times = word, 0
        self.roles: set[str] | None = None

    def judged(
        self, name: str, *, asked: Asked, roles: Collection[str] | None = None
    ) -> Sequence[Verdict]:
        self.times, self.roles = self.times + 1, None if roles is None else set(roles)
        return [Verdict(name, "gpu_driver", "check_x", "It holds", self.word, "found y")]


SETTINGS = {"inference_engine": InferenceEngineSettings.model_construct(port=8000)}
LOCK = digest(SETTINGS)
CHANGED = RoleOutcome("gpu_driver", (OperationOutcome("Write", changed=True, seconds=0),))
OPEN = Standing("b1", LOCK, Gate("b1", LOCK, open=True, why="95 checks passed"))


def told(standing: Standing) -> str:
    gate = "null" if standing.gate is None else standing.gate.as_json()
    return f'{{"boot_id": "{standing.boot_id}", "promised": "{standing.promised}", "gate": {gate}}}'


def walk(server: Server, tmp_path: Path, judge: Judge, **given: Any) -> Walk:  # noqa: ANN401
    node = Node("n", "gpu_nodes", "127.0.0.1", SETTINGS, connection=server.data)
    made = Walk(
        node=node,
        options=Options(roles=given.pop("roles", ())),
        events=Plain(lambda line: None),
        memory=Memory(path=tmp_path / "questions.json"),
        wire=Wire(),
        wave=Wave(
            {}, Balancers(()), "mara@laptop", {"n"}, Permit(Policy(), granted), balancing=("lb",)
        ),
        slots=BoundedSemaphore(1),
        holder=me("infra deploy"),
        inventory="lab.py",
        bench=judge,
        **given,
    )
    made.data = dict(server.data)
    server.canned["umask 022"] = ""
    server.canned["boot_id"] = told(made.standing)
    return made


def left(server: Server) -> bool:
    """Whether a gate was left on the node."""
    return any("mktemp" in command and "gate.json" in command for command in server.commands)


def test_a_node_that_comes_back_is_judged_anew(server: Server, tmp_path: Path) -> None:
    judge = Judge("failed")
    made = walk(server, tmp_path, judge, standing=OPEN)
    assert shut(made) == "gpu_driver.check_x failed: found y"
    assert left(server)
    assert left_shut(made) is None and judge.times == 1


def test_a_node_that_was_proven_is_judged_by_what_was_touched(
    server: Server, tmp_path: Path
) -> None:
    judge = Judge("passed")
    made = walk(server, tmp_path, judge, standing=OPEN)
    done = OperationOutcome("Write", changed=True, seconds=0)
    made.roles += [RoleOutcome("gpu_driver", (done,)), RoleOutcome("base_system")]
    assert shut(made) is None
    assert judge.roles == {"gpu_driver", "inference_engine"}
    assert not left(server)


def test_a_node_that_passes_after_a_boot_may_serve(server: Server, tmp_path: Path) -> None:
    judge = Judge("passed")
    made = walk(server, tmp_path, judge, standing=replace(OPEN, boot_id="b2"))
    assert shut(made) is None
    assert judge.roles is None
    assert made.gate is not None and (made.gate.boot_id, made.gate.lock) == ("b2", LOCK)
    assert made.gate.deployed
    assert left(server)


def test_a_node_that_nothing_disturbed_is_not_judged_again(server: Server, tmp_path: Path) -> None:
    judge = Judge("failed")
    assert left_shut(walk(server, tmp_path, judge, standing=OPEN)) is None
    assert (judge.times, server.commands) == (0, [])


@pytest.mark.parametrize(
    "standing",
    [
        Standing("b2", LOCK, OPEN.gate),
        Standing("b1", LOCK),
        Standing("b1", LOCK, Gate("b1", "sha256:old", open=True, why="")),
        Standing("b1", LOCK, Gate("b1", LOCK, open=False, why="check_x failed")),
    ],
)
def test_a_gate_that_does_not_hold_any_more_is_renewed(
    server: Server, tmp_path: Path, standing: Standing
) -> None:
    made = walk(server, tmp_path, Judge("passed"), standing=standing)
    assert left_shut(made) is None
    assert left(server)


def test_a_deploy_of_some_roles_opens_no_gate(server: Server, tmp_path: Path) -> None:
    made = walk(server, tmp_path, Judge("passed"), standing=OPEN, roles=("gpu_driver",))
    assert shut(made) is None
    assert not left(server)


def test_a_gate_that_cannot_be_left_is_shut(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = walk(server, tmp_path, Judge("passed"), standing=replace(OPEN, boot_id="b2"))
    del server.canned["umask 022"]
    full = tmp_path / "bin" / "mkdir"
    full.parent.mkdir()
    full.write_text("#!/bin/sh\necho 'No space left' >&2\nexit 1\n")
    full.chmod(0o755)
    monkeypatch.setenv("PATH", f"{full.parent}:/usr/bin:/bin")
    assert shut(made) == "n: /var/lib/infra/gate.json could not be written: No space left"


@pytest.mark.parametrize("opened", [True, False])
def test_what_some_roles_lack_shuts_a_gate_that_another_promise_opened(
    server: Server, tmp_path: Path, opened: bool
) -> None:
    before = Gate("b1", "sha256:old", open=opened, why="")
    stood = Standing("b1", "sha256:old", before)
    made = walk(server, tmp_path, Judge("failed"), standing=stood, roles=("gpu_driver",))
    assert shut(made) == "gpu_driver.check_x failed: found y"
    assert left(server) is opened


def test_a_node_that_serves_nobody_has_no_gate(server: Server, tmp_path: Path) -> None:
    judge = Judge("failed")
    made = walk(server, tmp_path, judge)
    made.node = Node("n", "base_hosts", "127.0.0.1", {}, connection=server.data)
    assert (shut(made), left_shut(made), judge.times) == (None, None, 0)


def test_where_nothing_balances_there_is_no_gate(server: Server, tmp_path: Path) -> None:
    judge = Judge("failed")
    made = walk(server, tmp_path, judge)
    made.wave.balancing = ()
    made.roles.append(CHANGED)
    assert (shut(made), left_shut(made), fallen_short(made), judge.times) == (None, None, None, 0)


def test_a_node_that_was_changed_by_a_deploy_that_failed_is_kept_out(
    server: Server, tmp_path: Path
) -> None:
    made = walk(server, tmp_path, Judge("passed"), standing=OPEN)
    made.roles += [CHANGED, RoleOutcome("inference_engine", error="no image")]
    assert fallen_short(made) == "gpu_driver changed, and the deploy did not end well"
    assert left(server), "its gate is open by what was proven before"
    made.roles[-1] = replace(made.roles[-1], went_back_to="llama.cpp b4321")
    assert fallen_short(made) is None


def test_a_node_that_serves_is_left_in_and_another_has_failed(
    server: Server, tmp_path: Path
) -> None:
    made = walk(server, tmp_path, Judge("failed"), standing=replace(OPEN, promised="sha256:old"))
    outcome = settled(made, ended(made, "ok", None))
    assert (outcome.status, outcome.error) == (
        "failed",
        "n may not serve: gpu_driver.check_x failed: found y",
    )
    made.wave.serving, made.gate = {"n"}, None
    outcome = settled(made, ended(made, "ok", None))
    assert outcome.status == "ok"
    assert "stays out of rotation after its next boot" in outcome.remarks[-1]


def test_a_node_whose_deploy_failed_serves_on_in_its_boot(server: Server, tmp_path: Path) -> None:
    made = walk(server, tmp_path, Judge("failed"), standing=OPEN)
    assert fallen_short(made) is None
    made.wire.rebooted.append("driver 580.95.05")
    assert "not what it is promised" in str(fallen_short(made))

"""Canaries and swaps through the joined program, without nginx."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra import rotation
from roles.load_balancer import program, upstream
from roles.load_balancer.settings import LoadBalancerSettings

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run(two_models: LoadBalancerSettings, tmp_path: Path) -> Run:
    """gpu-1, gpu-2 and spare-1 serve small, gpu-3 another model; commands are shell text."""
    spare = two_models.targets[0].model_copy(update={"node": "spare-1", "port": 1, "spare": True})
    whole = two_models.model_copy(update={"targets": (*two_models.targets, spare)})
    said = json.loads(upstream.members_text(whole))
    said |= {place: str(tmp_path / place) for place in ("upstreams", "state", "pid")}
    (tmp_path / "members").write_text(json.dumps({**said, "test": ["true"], "status_port": 1}))
    (tmp_path / "infra-rotation").write_text(program.text())
    begin = f"{sys.executable} -IS {tmp_path}/infra-rotation --members {tmp_path}/members"

    def call(text: str) -> "subprocess.CompletedProcess[str]":
        command = text.replace(rotation.PROGRAM, begin)
        return subprocess.run(["sh", "-c", command], capture_output=True, text=True)

    return call


def told(done: "subprocess.CompletedProcess[str]") -> rotation.Told:
    assert done.returncode == 0, done.stderr
    return rotation.parse_told(done.stdout)


def set_canary(node: str, share: float = 5) -> str:
    return rotation.canary_set_command(node, share=share, endpoints=["/v1/embeddings"], by="m@l")


SWAP = rotation.swap_command("gpu-1", "spare-1", by="m@l")
HOLD_SPARE = rotation.hold_command("spare-1", owner="health", reason="ill", by="b")


def test_a_canary_is_set_and_promoted(run: Run) -> None:
    found = told(run(set_canary("gpu-2"))).canaries["small"]
    assert (found.node, found.share, found.endpoints, found.by) == (
        "gpu-2", 5.0, ("/v1/embeddings",), "m@l"
    )  # fmt: skip
    again = told(run(set_canary("gpu-2", share=10))).canaries["small"]
    assert (again.share, again.since) == (10.0, found.since)
    for _ in range(2):
        promoted = told(run(rotation.canary_promote_command("gpu-2", by="m@l")))
        assert (promoted.canaries, promoted.nodes["gpu-2"].state) == ({}, "in")


def test_an_aborted_canary_is_held_until_that_is_lifted_or_it_is_set_anew(run: Run) -> None:
    run(set_canary("gpu-2"))
    abort = rotation.canary_abort_command("gpu-2", reason="it's worse", by="m@l")
    aborted = told(run(abort))
    assert (aborted.canaries, aborted.nodes["gpu-2"].state) == ({}, "draining")
    assert [(h.owner, h.reason) for h in aborted.nodes["gpu-2"].holds] == [("canary", "it's worse")]
    assert told(run(set_canary("gpu-2"))).nodes["gpu-2"].state == "in"
    run(abort)
    assert told(run(rotation.lift_command("gpu-2", owner="canary"))).nodes["gpu-2"].state == "in"


@pytest.mark.parametrize(
    ("before", "command", "status", "why"),
    [
        ("true", set_canary("gpu-3"), 3, "no other full member of org/big.v2"),
        (rotation.hold_command("gpu-1", owner="o", reason="r", by="b"), set_canary("gpu-2"), 3,
         "no other full member"),
        (set_canary("gpu-1"), set_canary("gpu-2"), 1, "gpu-1 is the canary of small"),
        ("true", set_canary("gpu-2", share=0), 2, "share of 0 %"),
        ("true", set_canary("gpu-9"), 2, "gpu-9 is no member"),
        (SWAP, set_canary("spare-1"), 1, "unswap gpu-1"),
        ("true", rotation.swap_command("gpu-1", "gpu-2", by="b"), 2, "gpu-2 is no spare"),
        ("true", rotation.swap_command("gpu-3", "spare-1", by="b"), 2, "does not serve org/big"),
        (HOLD_SPARE, SWAP, 3, "health: ill"),
        (SWAP, rotation.swap_command("gpu-2", "spare-1", by="b"), 1, "unswap gpu-1"),
        (SWAP, rotation.lift_command("gpu-1", owner="swap"), 2, "infra-rotation unswap gpu-1"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    run: Run, tmp_path: Path, before: str, command: str, status: int, why: str
) -> None:
    assert run(before).returncode == 0
    state = tmp_path / "state"
    kept = state.read_text() if state.exists() else None
    done = run(command)
    assert (done.returncode, why in done.stderr) == (status, True), done.stderr
    assert (state.read_text() if state.exists() else None) == kept


def test_an_endpoint_that_is_none_is_refused(run: Run) -> None:
    wrong = rotation.canary_set_command("gpu-2", share=5, endpoints=["/v1/x; }"], by="b")
    assert run(wrong).returncode == 2


def test_a_spare_takes_a_place_and_gives_it_back(run: Run) -> None:
    assert told(run(rotation.show_command())).nodes["spare-1"].spare
    for _ in range(2):
        found = told(run(SWAP))
        assert found.swaps["gpu-1"].spare == "spare-1"
        assert [hold.owner for hold in found.nodes["gpu-1"].holds] == ["swap"]
    for _ in range(2):
        back = told(run(rotation.unswap_command("gpu-1")))
        assert (back.swaps, back.nodes["gpu-1"].state) == ({}, "in")


def test_a_spare_that_is_in_is_another_that_stays(run: Run) -> None:
    hold = rotation.hold_command("gpu-1", owner="o", reason="r", by="b", keep=2)
    assert run(hold).returncode == 0
    assert run(hold.replace("gpu-1", "gpu-2")).returncode == rotation.REFUSED


def test_a_canary_is_none_that_stays(run: Run) -> None:
    run(set_canary("gpu-2"))
    hold = rotation.hold_command("gpu-1", owner="o", reason="r", by="b", keep=2)
    assert run(hold).returncode == rotation.REFUSED
    assert "gpu-2 is its canary" in run(hold).stderr


def without(tmp_path: Path, *nodes: str) -> None:
    said = json.loads((tmp_path / "members").read_text())
    for pool in said["pools"]:
        pool["servers"] = [one for one in pool["servers"] if one["node"] not in nodes]
    (tmp_path / "members").write_text(json.dumps(said))


def test_a_canary_that_is_no_member_any_more_stands_in_nobodys_way(
    run: Run, tmp_path: Path
) -> None:
    abort = rotation.canary_abort_command("gpu-3", reason="r", by="b")
    promote = rotation.canary_promote_command("gpu-3", by="b")
    for command in (promote, abort, set_canary("gpu-1")):
        state = {"node": "gpu-3", "share": 5, "endpoints": [], "by": "b", "since": "s"}
        (tmp_path / "state").write_text(json.dumps({"nodes": {}, "canary": {"small": state}}))
        without(tmp_path, "gpu-3")
        found = told(run(command))
        expected = ["gpu-1"] if "gpu-1" in command else []
        assert [one.node for one in found.canaries.values()] == expected
        assert "gpu-3" not in found.nodes


def test_a_swap_of_a_node_that_is_no_member_any_more_is_undone(run: Run, tmp_path: Path) -> None:
    assert run(SWAP).returncode == 0
    without(tmp_path, "gpu-1")
    gone = told(run(rotation.show_command()))
    assert [hold.owner for hold in gone.nodes["gpu-1"].holds] == ["swap"]
    back = told(run(rotation.unswap_command("gpu-1")))
    assert (back.swaps, "gpu-1" in back.nodes) == ({}, False)


def test_an_endpoint_that_is_given_twice_is_one(run: Run, tmp_path: Path) -> None:
    twice = rotation.canary_set_command("gpu-2", share=5, endpoints=["/v1/x", "/v1/x"], by="b")
    assert told(run(twice)).canaries["small"].endpoints == ("/v1/x",)
    assert (tmp_path / "upstreams").read_text().count("    /v1/x ") == 1

"""A deploy that never takes the pool down: under load, with the driver and the engine changed."""

import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell
from streams import Stream, Streams

CHANGES = (
    ('"version": "580.95.05"', '"version": "580.126.09"'),
    ('"context_tokens": 2048', '"context_tokens": 3072'),
)


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """The lab's inventory with another driver and other arguments of the engine."""
    text = INVENTORY.read_text()
    for before, after in CHANGES:
        assert before in text
        text = text.replace(before, after)
    path = tmp_path / "lab.py"
    path.write_text(text)
    return path


def spans(timeline: list[dict[str, Any]], node: str) -> list[tuple[float, float]]:
    """When a node was out of rotation, in seconds since the deploy began."""
    left = [m["seconds"] for m in timeline if m["node"] == node and "leaves" in m["what"]]
    back = [m["seconds"] for m in timeline if m["node"] == node and "is back" in m["what"]]
    assert len(left) == len(back), timeline
    return list(zip(left, back, strict=True))


def told(timeline: list[dict[str, Any]]) -> str:
    return "\n".join(f"{m['seconds']:6.1f} s  {m['node']}  {m['what']}" for m in timeline)


def test_a_new_driver_and_another_engine_lose_no_request(
    deployed: Ended, infra: Infra, shell: Shell, changed: Path
) -> None:
    with Streams() as streams:
        done = infra("deploy", str(changed))
    print(told(done.json["timeline"]), streams.by_node(), len(streams.done), sep="\n")
    assert done.code == 0, done.out + done.err
    assert streams.lost == []
    assert len(streams.done) > 20
    assert {node["node"]: len(node["rebooted"]) for node in done.json["nodes"]} == {
        "gpu-1": 1,
        "gpu-2": 1,
        "balancer-1": 0,
    }
    (one,), (two,) = (spans(done.json["timeline"], node) for node in ("gpu-1", "gpu-2"))
    assert one[1] <= two[0] or two[1] <= one[0], "both nodes were out at the same time"
    for node in ("gpu-1", "gpu-2"):
        assert "580.126.09" in shell(node, "nvidia-smi --version 2>/dev/null || nvidia-smi")
    with Streams() as streams:
        back = infra("deploy", str(INVENTORY))
    assert back.code == 0, back.out + back.err
    assert streams.lost == []


STARTED = "docker inspect -f '{{.State.StartedAt}}' infra-engine"


@pytest.mark.slow
def test_a_refused_disruption_leaves_everything_as_it_was(
    deployed: Ended, infra: Infra, shell: Shell, changed: Path
) -> None:
    keys = '"load_balancer": {"api_keys"'
    window = f'"maintenance_windows": ["{closed_window()}"], "api_keys"'
    text = changed.read_text()
    assert keys in text
    changed.write_text(text.replace(keys, f'"load_balancer": {{{window}'))
    before = {node: shell(node, STARTED) for node in ("gpu-1", "gpu-2")}
    with Streams() as streams:
        wait_for_both(streams)
        refused = infra("deploy", str(changed))
    assert refused.code == 1
    assert refused.out.count("outside its maintenance windows") == 2
    assert streams.lost == []
    assert {node: shell(node, STARTED) for node in ("gpu-1", "gpu-2")} == before
    assert infra("deploy", str(INVENTORY)).code == 0
    assert {node: shell(node, STARTED) for node in ("gpu-1", "gpu-2")} == before


def closed_window() -> str:
    """A window of an hour that was open twelve hours ago."""
    hour = (datetime.now(timezone.utc).hour + 12) % 24
    return f"{hour:02d}:00-{(hour + 1) % 24:02d}:00 UTC"


def test_a_plan_tells_which_nodes_would_be_disrupted_and_touches_nothing(
    deployed: Ended, infra: Infra, changed: Path
) -> None:
    plan = infra("deploy", str(changed), "--dry-run")
    assert plan.code == 0, plan.out + plan.err
    nodes = {node["node"]: node["disruptions"] for node in plan.json["nodes"]}
    assert any("580.126.09" in why for why in nodes["gpu-1"])
    assert nodes["balancer-1"] == []
    assert plan.out.count("it serves: in its turn it leaves rotation") == 2
    assert plan.json["timeline"] == []


def test_a_drain_under_load_finishes_what_is_under_way_and_lets_nothing_in(
    deployed: Ended, infra: Infra
) -> None:
    with Streams() as streams:
        wait_for_both(streams)
        drained = infra("drain", str(INVENTORY), "gpu-1", "--reason", "a new fan")
        out = time.monotonic()
        wait_for(streams, lambda done: sum(s.began > out for s in done) >= 15)
        lifted = time.monotonic()
        back = infra("undrain", str(INVENTORY), "gpu-1")
        in_again = time.monotonic()
        wait_for(streams, lambda done: any(s.began > in_again and s.node == "gpu-1" for s in done))
    assert (drained.code, back.code) == (0, 0), drained.out + drained.err + back.out + back.err
    print(drained.out)
    assert streams.lost == []
    meanwhile = [s for s in streams.done if out < s.began < lifted]
    assert {s.node for s in meanwhile} == {"gpu-2"}


@pytest.mark.slow
def test_a_deploy_leaves_an_operators_hold_alone(deployed: Ended, infra: Infra) -> None:
    assert infra("drain", str(INVENTORY), "gpu-1", "--reason", "a new fan").code == 0
    try:
        again = infra("deploy", str(INVENTORY))
        check = infra("check", str(INVENTORY))
        shown = infra("rotation", str(INVENTORY))
    finally:
        back = infra("undrain", str(INVENTORY), "gpu-1")
    assert again.code == 0, again.out + again.err
    assert {node["changed"] for node in again.json["nodes"]} == {0}
    assert check.json["failed"] == 0, check.out
    assert "a new fan" in shown.out
    assert back.code == 0, back.out + back.err


def test_the_last_node_of_a_pool_is_not_drained(deployed: Ended, infra: Infra) -> None:
    assert infra("drain", str(INVENTORY), "gpu-1").code == 0
    try:
        last = infra("drain", str(INVENTORY), "gpu-2")
    finally:
        back = infra("undrain", str(INVENTORY), "gpu-1")
    assert last.code == 1
    assert "--force" in last.out + last.err
    assert back.code == 0


def wait_for_both(streams: Streams) -> None:
    wait_for(streams, lambda done: {"gpu-1", "gpu-2"} <= {s.node for s in done})


def wait_for(streams: Streams, holds: Any, seconds: float = 60) -> None:  # noqa: ANN401
    """Wait until something holds of what the clients have seen."""
    deadline = time.monotonic() + seconds
    while not holds(list[Stream](streams.done)):
        assert time.monotonic() < deadline, (streams.by_node(), streams.lost)
        time.sleep(0.05)

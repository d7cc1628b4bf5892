"""Whether a node may be drilled."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from infra.drill import beginning, running
from infra.rotation import Hold, Rotated

POOLS = {"m": ("gpu-1", "gpu-2")}
HELD = Hold("operator", "a fan", "mara@laptop", "2026-11-21T13:00:00+00:00")


def seen(**nodes: Rotated) -> Mapping[str, Mapping[str, Rotated]]:
    return {"balancer-1": {name.replace("_", "-"): one for name, one in nodes.items()}}


def member(name: str, *, answers: bool = True, held: Hold | None = None) -> Rotated:
    holds = () if held is None else (held,)
    return Rotated(name, "out" if holds else "in", holds, pools=("m",), answers=answers)


def test_a_node_whose_peer_serves_may_be_drilled() -> None:
    both = seen(gpu_1=member("gpu-1"), gpu_2=member("gpu-2"))
    assert beginning.alone("gpu-2", pools=POOLS, seen=both) is None


def test_the_last_healthy_node_may_not() -> None:
    for peer in (member("gpu-1", answers=False), member("gpu-1", held=HELD)):
        alone = seen(gpu_1=peer, gpu_2=member("gpu-2"))
        assert beginning.alone("gpu-2", pools=POOLS, seen=alone) == "m"


def test_a_peer_that_no_balancer_knows_serves_nobody() -> None:
    assert beginning.alone("gpu-2", pools=POOLS, seen=seen(gpu_2=member("gpu-2"))) == "m"


def test_a_spare_that_stands_by_is_enough() -> None:
    pools = {"m": ("gpu-2", "spare-1")}
    both = seen(gpu_2=member("gpu-2"), spare_1=member("spare-1"))
    assert beginning.alone("gpu-2", pools=pools, seen=both) is None


def test_a_node_that_serves_nobody_anyway_may_be_drilled() -> None:
    for node in (member("gpu-2", held=HELD), member("gpu-2", answers=False)):
        dead = seen(gpu_1=member("gpu-1", answers=False), gpu_2=node)
        assert beginning.alone("gpu-2", pools=POOLS, seen=dead) is None


def test_another_machines_drill_is_known_by_its_hold() -> None:
    drilled = Hold("drill", "rebuild drill", "tom@desk", "2026-11-21T13:00:00+00:00")
    dead = Hold("health", "refused", "infra-health", "2026-11-21T13:00:00+00:00")
    found = seen(gpu_2=Rotated("gpu-2", "out", (HELD, drilled, dead)))
    assert beginning.others_drill("gpu-2", seen=found) == drilled
    assert beginning.owners("gpu-2", seen=found) == ["operator"]


def test_a_drill_whose_hold_is_gone_was_given_up_elsewhere(tmp_path: Path) -> None:
    left = running.Running(path=tmp_path / "n", node="gpu-2", started=0, by="mara@laptop", seen=0)
    drilled = Hold("drill", "rebuild drill", "mara@laptop", "2026-11-21T13:00:00+00:00")
    free, kept = seen(gpu_2=member("gpu-2")), seen(gpu_2=member("gpu-2", held=drilled))
    for at in ("wipe", "deploy", "first token"):
        left.at = at
        assert beginning.given_up(left, seen=free)
        assert not beginning.given_up(left, seen=kept)
        assert not beginning.given_up(left, seen={"balancer-1": {}})
        toms = Hold("drill", "rebuild drill", "tom@desk", "2026-11-21T13:00:00+00:00")
        assert beginning.given_up(left, seen=seen(gpu_2=member("gpu-2", held=toms)))
        taken = replace(left, holders=["tom@desk"])
        assert not beginning.given_up(taken, seen=seen(gpu_2=member("gpu-2", held=toms)))
    for at in ("", "drain", "open"):
        left.at = at
        assert not beginning.given_up(left, seen=free)

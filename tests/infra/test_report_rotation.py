"""What people read of rotation."""

from collections.abc import Sequence
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from infra.report_rotation import age, disagreements, members, strays, summary
from infra.rotation import Hold, Rotated, State, agree, holds_of

NOW = datetime(2026, 11, 21, 3, 15, tzinfo=timezone.utc)
MARA = Hold("operator", "new fan", "mara@laptop", "2026-11-21T03:12:00Z")
DEPLOY = Hold("deploy", "driver 580.126.09", "ci@nightly", "2026-11-20T01:00:00Z")


def one(
    node: str, *holds: Hold, state: State = "in", in_flight: int = 0, answers: bool | None = None
) -> Rotated:
    return Rotated(node, state, holds, in_flight, ("smollm2-135m",), answers)


def text(seen: dict[str, dict[str, Rotated]], *, pool: Sequence[str], width: int = 80) -> str:
    console = Console(file=StringIO(), width=width)
    for line in summary(
        seen, inventory=Path("inventories/rack.py"), pools={"smollm2-135m": pool}, now=NOW
    ):
        console.print(line)
    found = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in found.splitlines())


def test_one_balancer_is_one_line_a_node() -> None:
    seen = {
        "balancer-1": {
            "gpu-1": one("gpu-1", in_flight=3, answers=True),
            "gpu-2": one("gpu-2", MARA, state="out", answers=False),
        }
    }
    assert text(seen, pool=["gpu-1", "gpu-2"]).splitlines() == [
        "                             in",
        "  node   state  answers  flight",
        "  gpu-1  ✓ in   ✓ yes         3",
        "  gpu-2  – out  ✗ no          0",
        "",
        "gpu-2: held by operator for 3 min: new fan (mara@laptop)",
        "",
        "– smollm2-135m: 1 of 2 nodes are in rotation.",
    ]


def test_a_spare_is_counted_apart() -> None:
    spare = Rotated("spare-1", "in", (), 0, ("smollm2-135m",), True, True)
    seen = {"a": {"gpu-1": one("gpu-1", MARA, state="out"), "spare-1": spare}}
    found = text(seen, pool=["gpu-1", "spare-1"])
    assert "spare-1  ✓ in, spare  ✓ yes" in found
    assert "– smollm2-135m: 0 of 1 node is in rotation, and 1 of 1 spare." in found
    seen["a"]["spare-1"] = Rotated("spare-1", "out", (MARA,), spare=True)
    assert "and 0 of 1 spare; its requests fail." in " ".join(
        text(seen, pool=["gpu-1", "spare-1"]).split()
    )


def test_a_held_node_with_nothing_under_way_is_out_whoever_held_it() -> None:
    seen = {"a": {"gpu-1": one("gpu-1", MARA, state="draining")}}
    assert "gpu-1  – out " in text(seen, pool=["gpu-1"])


def test_several_balancers_count_their_own_requests() -> None:
    seen = {
        "a": {"gpu-1": one("gpu-1", MARA, state="draining", in_flight=2)},
        "b": {"gpu-1": one("gpu-1", MARA, state="out")},
    }
    found = text(seen, pool=["gpu-1"])
    assert "gpu-1  – draining  –         2 + 0" in found
    assert found.count("held by operator") == 1
    assert disagreements(seen) == {}


def test_balancers_that_disagree_are_named() -> None:
    seen = {
        "a": {"gpu-1": one("gpu-1", MARA, state="out")},
        "b": {"gpu-1": one("gpu-1")},
    }
    found = text(seen, pool=["gpu-1"])
    assert "✗ differs" in found
    assert "✗ gpu-1 · balancers disagree\n  a: out (held by operator); b: in\n" in found
    assert "Make them agree: infra drain inventories/rack.py gpu-1, or infra undrain" in found
    assert list(disagreements(seen)) == ["gpu-1"]


def test_a_deploys_hold_on_some_balancers_is_a_deploys_to_lift() -> None:
    seen = {
        "a": {"gpu-1": one("gpu-1", DEPLOY, MARA, state="out", answers=True)},
        "b": {"gpu-1": one("gpu-1", MARA, state="out", answers=False)},
    }
    found = text(seen, pool=["gpu-1"])
    assert "a: out (held by deploy and operator); b: out (held by operator)\n" in found
    assert "Make them agree: infra deploy inventories/rack.py\n" in found
    assert "✗ partly" in found


def test_a_stray_is_told_with_its_holds_and_is_no_disagreement() -> None:
    old = Rotated("old", "out", (MARA,), 0, (), None)
    seen: dict[str, dict[str, Rotated]] = {
        "a": {"gpu-1": one("gpu-1"), "old": old},
        "b": {"gpu-1": one("gpu-1")},
    }
    found = text(seen, pool=["gpu-1"]).splitlines()
    assert found[-6:] == [
        "",
        "old, no node of this inventory: held by operator for 3 min: new fan",
        "  (mara@laptop)",
        "  Let it go: infra undrain inventories/rack.py old",
        "",
        "✓ smollm2-135m: 1 of 1 node is in rotation.",
    ]
    assert not any(line.startswith("  old ") for line in found)
    pools = {"smollm2-135m": ["gpu-1"]}
    assert disagreements(members(seen, pools=pools)) == {}
    assert strays(seen, pools=pools) == {"old": (MARA,)}


def test_a_node_that_a_balancer_still_uses_is_no_stray() -> None:
    seen = {"a": {"old": one("old", MARA, state="out")}}
    assert strays(seen, pools={"smollm2-135m": ["gpu-1"]}) == {}


def test_a_balancer_that_does_not_know_a_node_is_told() -> None:
    seen: dict[str, dict[str, Rotated]] = {"a": {"gpu-1": one("gpu-1")}, "b": {}}
    found = text(seen, pool=["gpu-1"])
    assert "a: in; b does not know it\n  Make them agree: infra deploy inventories/rack.py" in found


def test_a_pool_without_nodes_is_told_first_thing() -> None:
    seen = {"a": {"gpu-1": one("gpu-1", MARA, state="out")}}
    assert text(seen, pool=["gpu-1", "gpu-2"]).splitlines()[-1] == (
        "✗ smollm2-135m: 0 of 2 nodes are in rotation; its requests fail."
    )


def test_a_balancer_without_anything_leaves_the_pools_sentence() -> None:
    assert text({"a": {}}, pool=["gpu-1"]) == (
        "✗ smollm2-135m: 0 of 1 node is in rotation; its requests fail."
    )


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_cuts_no_name(width: int) -> None:
    held = one("gpu-node-17", MARA, DEPLOY, state="draining", in_flight=1)
    seen = {"balancer-1": {"gpu-node-17": held}}
    found = text(seen, pool=["gpu-node-17"], width=width)
    assert "– draining" in found
    assert "…" not in found
    assert max(map(len, found.splitlines())) <= width


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2026-11-21T03:15:00Z", "0 s"),
        ("2026-11-21T03:13:30+00:00", "90 s"),
        ("2026-11-21T03:00:00Z", "15 min"),
        ("2026-11-20T01:00:00Z", "26 h"),
        ("2026-11-01T01:00:00Z", "20 d"),
        ("2028-11-01T01:00:00Z", None),
        ("yesterday", None),
        ("2026-11-21T03:00:00", None),
    ],
)
def test_age_is_told_in_words(since: str, said: str | None) -> None:
    assert age(since, now=NOW) == said


def test_holds_are_one_an_owner_the_oldest_first() -> None:
    later = Hold("operator", "other", "kim@desk", "2026-11-21T03:13:00Z")
    assert holds_of([one("n", later), one("n", MARA, DEPLOY)]) == (DEPLOY, MARA)


def test_draining_and_out_agree_but_other_owners_do_not() -> None:
    assert agree([one("n", MARA, state="out"), one("n", MARA, state="draining")])
    assert not agree([one("n", MARA, state="out"), one("n", DEPLOY, state="out")])

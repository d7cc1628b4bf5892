"""Which spare may take whose place."""

import pytest

from infra import swap
from infra.rotation import Hold, Rotated, Swap, Told

POOLS = {"small": ("gpu-1", "gpu-2", "spare-1"), "large": ("gpu-9", "spare-1", "spare-2")}
HELD = Hold("health", "silent", "watch", "2026-11-21T03:12:00Z")


def told(spare: tuple[Hold, ...] = (), dead: tuple[Hold, ...] = (), **swaps: str) -> Told:
    said = {out.replace("_", "-"): Swap(by, "mara@laptop", "once") for out, by in swaps.items()}
    nodes = {
        "gpu-1": Rotated("gpu-1", "in", dead),
        "gpu-2": Rotated("gpu-2", "in"),
        "spare-1": Rotated("spare-1", "out" if spare else "in", spare, spare=True),
        "spare-2": Rotated("spare-2", "in", spare=True),
    }
    return Told(nodes, {}, said)


@pytest.mark.parametrize(
    ("dead", "spare", "why"),
    [
        ("gpu-1", "spare-1", None),
        ("gpu-1", "gpu-2", "gpu-2: is no spare; those that are: spare-1, spare-2"),
        ("gpu-3", "spare-1", "gpu-3: gets no requests from a balancer; did you mean gpu-2?"),
        ("spare-1", "spare-2", "spare-1: is a spare itself; name the node whose place spare-2 is"),
        ("gpu-1", "spare-2", "spare-2: does not serve small, which gpu-1 does"),
    ],
)
def test_what_the_inventory_has(dead: str, spare: str, why: str | None) -> None:
    found = swap.misfit(dead, spare, pools=POOLS, spares=("spare-1", "spare-2"))
    assert found is None if why is None else found is not None
    assert found is None or found.split("did")[0].startswith((why or "").split("did")[0])


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (told(), None),
        (told(gpu_1="spare-1"), None),
        (told(dead=(HELD,)), None),
        (told(spare=(HELD,)), "spare-1 is held by health: silent (watch)"),
        (told(gpu_1="spare-2"), "spare-2 serves in the place of gpu-1 already"),
        (told(gpu_2="spare-1"), "spare-1 serves in the place of gpu-2 already"),
        (Told({}, {}, {}), "lb does not know gpu-1 yet; deploy it first"),
    ],
)
def test_what_balancers_can_do_now(said: Told, why: str | None) -> None:
    assert swap.unready("gpu-1", "spare-1", told={"lb": said}) == why


def test_it_is_done_when_every_balancer_did_it() -> None:
    done, not_yet = told(gpu_1="spare-1"), told()
    assert swap.swapped("gpu-1", "spare-1", told={"a": done, "b": done})
    assert not swap.swapped("gpu-1", "spare-1", told={"a": done, "b": not_yet})
    assert not swap.swapped("gpu-1", "spare-1", told={})


def test_whoever_has_a_place_on_any_balancer_is_found() -> None:
    said = {"a": told(), "b": told(gpu_1="spare-1")}
    assert swap.in_place_of("gpu-1", told=said) == "spare-1"
    assert swap.in_place_of("gpu-2", told=said) is None


def test_who_else_holds_a_node_is_named() -> None:
    own = Hold("swap", "spare-1 serves in its place", "mara@laptop", "2026-11-21T03:12:00Z")
    assert swap.kept_out("gpu-1", told={"a": told(dead=(HELD, own))}) == ("health",)

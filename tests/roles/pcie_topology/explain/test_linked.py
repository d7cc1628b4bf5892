"""What numbers of NVLinks between GPUs tell."""

from itertools import combinations

import pytest

from roles.gpu_driver import cards
from roles.pcie_topology.explain import linked

Counts = dict[tuple[int, int], int]
CUBE: Counts = {
    **{pair: 1 for pair in [(0, 1), (0, 2), (1, 3), (4, 5), (4, 6), (5, 7), (2, 6), (3, 7)]},
    **{pair: 2 for pair in [(0, 3), (0, 4), (1, 2), (2, 3), (1, 5), (4, 7), (5, 6), (6, 7)]},
}
"""The cube mesh of eight V100: six links each."""


def _verdict(size: int, counts: Counts, card: str = "") -> str:
    names = [f"GPU{index}" for index in range(size)]
    every = {pair: 0 for pair in combinations(range(size), 2)} | counts
    named = {(names[one], names[other]): n for (one, other), n in every.items()}
    return linked.judged(names, named, card=cards.by_name(card) if card else None)[0]


def _full(size: int, links: int) -> Counts:
    return {pair: links for pair in combinations(range(size), 2)}


def test_the_cube_mesh_of_the_test_has_six_links_each() -> None:
    assert {sum(n for pair, n in CUBE.items() if gpu in pair) for gpu in range(8)} == {6}


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        (8, _full(8, 12)),
        (8, _full(8, 18)),
        (8, _full(8, 8)),
        (16, _full(16, 6)),
        (4, _full(4, 4)),
        (2, _full(2, 4)),
        (2, _full(2, 2)),
        (2, _full(2, 1)),
        (2, _full(2, 12)),
        (8, CUBE),
        (4, {pair: links for pair, links in CUBE.items() if max(pair) < 4}),
        (4, {(0, 1): 1, (0, 2): 1, (0, 3): 2, (1, 2): 2, (1, 3): 1, (2, 3): 1}),
        (4, {(0, 1): 4, (2, 3): 4}),
        (3, {(0, 1): 4}),
        (8, {pair: 6 for pair in combinations(range(8), 2) if pair[0] // 4 == pair[1] // 4}),
    ],
    ids=[
        *("a100", "h100", "a800", "dgx2", "a100-mesh", "3090", "2080ti", "2080", "h100-nvl"),
        *(
            "cube-mesh",
            "half-cube",
            "dgx-station",
            "two-bridges",
            "bridge-and-one-alone",
            "two-islands-of-four",
        ),
    ],
)
def test_whole_meshes_are_present(size: int, counts: Counts) -> None:
    assert _verdict(size, counts) == "present"


@pytest.mark.parametrize(
    ("size", "counts"),
    [(8, _full(8, 12)), (8, _full(8, 18)), (8, _full(8, 8)), (4, _full(4, 4)), (8, CUBE)],
)
def test_any_one_pair_that_loses_a_link_or_all_is_degraded(size: int, counts: Counts) -> None:
    for pair, links in counts.items():
        for fewer in {links - 1, 0}:
            assert _verdict(size, counts | {pair: fewer}) == "degraded", (pair, fewer)


def test_three_links_between_two_cards_are_a_badly_seated_bridge() -> None:
    assert _verdict(2, {(0, 1): 3}) == "degraded"


def test_a_gpu_that_lost_all_links_of_a_mesh_is_degraded() -> None:
    assert _verdict(8, {pair: 18 for pair in combinations(range(7), 2)}) == "degraded"


def test_two_cards_without_a_bridge_beside_a_bridged_pair_may_be_right() -> None:
    assert _verdict(4, {(0, 1): 4}) == "unknown"


def test_two_links_are_half_a_bridge_where_the_card_is_known() -> None:
    assert _verdict(2, {(0, 1): 2}, "GeForce RTX 3090") == "degraded"
    assert _verdict(2, {(0, 1): 2}, "GeForce RTX 2080 Ti") == "present"
    assert _verdict(2, {(0, 1): 4}, "GeForce RTX 3090") == "present"


def test_no_link_is_absent_unless_the_card_lives_on_a_switch() -> None:
    assert _verdict(2, {}) == "absent"
    assert _verdict(2, {}, "GeForce RTX 3090") == "absent"
    assert _verdict(8, {}, "A100-SXM4-80GB") == "degraded"
    assert _verdict(1, {}, "A100-SXM4-80GB") == "n/a"


def test_a_switch_gives_every_pair_all_links_of_the_card_and_a_mesh_shares_them() -> None:
    assert _verdict(8, _full(8, 6), "A100-SXM4-40GB") == "degraded"
    assert _verdict(4, _full(4, 4), "A100-SXM4-40GB") == "present"
    assert _verdict(8, _full(8, 8), "A800-SXM4-80GB") == "present"

"""At most so many nodes of a pool are out, and one that serves nobody waits for nobody."""

import pytest

from infra.turns import Member, turn

SERVES = Member("a", available=True)
UP = Member("b", available=True)
BUSY = Member("c", available=False, may_return=True)
DEAD = Member("d", available=False)
SPARE = Member("s", available=True, spare=True)
SPARE_AWAY = Member("s", available=False, may_return=True, spare=True)
SPARE_DEAD = Member("s", available=False, spare=True)


@pytest.mark.parametrize(
    ("node", "others", "most", "word"),
    [
        (SERVES, [], 1, "go"),
        (SERVES, [UP, UP], 1, "go"),
        (SERVES, [UP, BUSY], 1, "wait"),
        (SERVES, [UP, BUSY], 2, "go"),
        (SERVES, [BUSY, DEAD], 1, "wait"),
        (SERVES, [UP, DEAD], 1, "stop"),
        (SERVES, [BUSY], 2, "wait"),
        (SERVES, [DEAD], 2, "go"),
        (SERVES, [DEAD, DEAD], 2, "stop"),
        (Member("a", available=False), [BUSY, DEAD], 1, "go"),
        (SERVES, [UP, SPARE_AWAY], 1, "wait"),
        (SERVES, [UP, SPARE_AWAY], 2, "go"),
        (SERVES, [UP, SPARE_DEAD], 1, "go"),
        (SERVES, [SPARE_AWAY], 1, "wait"),
        (SPARE, [UP, UP], 1, "go"),
        (SPARE, [UP, BUSY], 1, "wait"),
        (SPARE, [UP, DEAD], 1, "stop"),
    ],
)
def test_turns(node: Member, others: list[Member], most: int, word: str) -> None:
    assert turn(node, others, most=most).word == word


def test_a_stop_names_the_missing_and_the_limit() -> None:
    why = turn(SERVES, [DEAD, UP], most=1).why
    assert why == "d is not serving, and max_unavailable is 1"


def test_a_wait_names_all_that_are_out() -> None:
    assert turn(SERVES, [BUSY, DEAD], most=1).why == "c and d are out"

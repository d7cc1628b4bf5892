"""Rounds: several times a second everything is judged, and what follows is begun."""

from collections.abc import Collection, Mapping

from roles.health_watch.program.acting import cut, do
from roles.health_watch.program.deciding import GATE, HEALTH, HOLD, Act, Judged, decide
from roles.health_watch.program.desk import Desk
from roles.health_watch.program.judging import GONE, HUNG, STUCK, streak_of, wait_seconds
from roles.health_watch.program.rotation import ROTATION
from roles.health_watch.program.standing import CLOSED, PROVEN, Right
from roles.health_watch.program.watching import Watched

Holds = Mapping[str, Mapping[str, str]]


def step(
    desk: Desk, holds: Holds | None, *, now: float, gated: Collection[str] = ()
) -> dict[str, Right | None]:
    """One round, with the reasons by owner for each node; None when they cannot be read.

    `gated` are the nodes whose gate a watch holds. The answer is the right of each node.
    """
    desk.gated = frozenset(gated)
    unread = "" if holds is not None else f"{ROTATION} cannot be read: infra-rotation show"
    desk.trouble("rotation", unread)
    return {
        node: _one(desk, one, (holds or {}).get(node, {}), known=holds is not None, now=now)
        for node, one in desk.watched.items()
    }


def cut_is_due(one: Watched, *, now: float) -> bool:
    """Whether streams that hang on it are to be ended: once, and again while it gets new ones."""
    if one.ill is None or one.ill.kind not in (GONE, HUNG, STUCK):
        return False
    again = one.out_at is None and now - one.cut_at >= one.limits.cut_seconds
    long = now - one.ill_since >= one.limits.cut_seconds
    return long and (one.cut_at < one.ill_since or again)


def _one(
    desk: Desk, one: Watched, holds: Mapping[str, str], *, known: bool, now: float
) -> Right | None:
    one.judge(now)
    if known:
        _take_up(one, holds, now)
    right = desk.right_of(one.member.node, holds)
    if cut_is_due(one, now=now):
        one.cut_at = now
        desk.begin(cut(desk, one))
    if known and not one.acting:
        _act(desk, one, right, holds, now)
    return right


def _take_up(one: Watched, holds: Mapping[str, str], now: float) -> None:
    """Who is out is what rotation says: an earlier run's hold counts, and one that is lifted."""
    one.held_by_gate = GATE in holds
    if HEALTH not in holds and one.out_at is not None:
        one.out_at, one.back_at = None, now
    elif HEALTH in holds and one.out_at is None:
        one.streak = streak_of(one.streak, back_at=one.back_at, now=now)
        one.out_at, one.was_away = now, True


def _act(
    desk: Desk, one: Watched, right: Right | None, holds: Mapping[str, str], now: float
) -> None:
    wait = wait_seconds(one.streak, longest=one.limits.longest_wait_seconds)
    well = one.out_at is not None and one.proven_for(now) >= wait
    act = decide(Judged(one.ill, well, right), holds=holds)
    if act is None:
        one.problem = ""
        _remember(desk, one, right)
    elif now >= one.next_try:
        _forget(desk, one, act)
        one.acting = True
        desk.begin(do(desk, one, act))


def _remember(desk: Desk, one: Watched, right: Right | None) -> None:
    """A node that may be in has no past; with which boot it was proven is kept."""
    if right is None or right.kind == CLOSED or one.ill is not None or one.standing is None:
        return
    one.was_away = one.out_at is not None
    if right.kind == PROVEN:
        desk.admit(one.member.node, one.standing.boot_id)


def _forget(desk: Desk, one: Watched, act: Act) -> None:
    if (act.verb, act.owner) == (HOLD, GATE):
        desk.admit(one.member.node, "")

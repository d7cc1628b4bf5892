"""Walks every node through its roles, side by side; a node that fails stops alone.

What stops serving is done to the nodes of a pool in turn: see wave.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import gevent
from gevent.lock import BoundedSemaphore

from infra import questions
from infra.bench import Bench
from infra.holder import Holder
from infra.interrupt import joined
from infra.masked import masked
from infra.meeting import reached, released, taken
from infra.outcome import NodeOutcome
from infra.site import Node
from infra.walk import Events, Options, Walk, ended
from infra.walking import walked
from infra.wave import Moment, Wave
from infra.wire import Wire

T = TypeVar("T")
_FAREWELL_SECONDS = 5
"""A deploy that does not begin tells a node so, if the node listens."""


@dataclass(frozen=True)
class Deployed:
    """Every node's outcome, in the order given, and what happened to the pools meanwhile."""

    nodes: list[NodeOutcome]
    moments: tuple[Moment, ...] = ()
    serving: frozenset[str] = frozenset()
    """Nodes that were in rotation when it began."""
    held: tuple[str, ...] = ()
    """Who else is deploying which node; then nothing was touched."""


def deploy(
    nodes: Sequence[Node],
    *,
    options: Options,
    events: Events,
    memory: questions.Memory,
    wave: Wave,
    holder: Holder,
    inventory: str,
) -> Deployed:
    """Every node's outcome; those that an interrupt found say where.

    Nothing is changed anywhere before every node that can be reached is ours.
    """
    slots = BoundedSemaphore(max(1, options.parallel))
    bench = Bench(nodes, roles=options.roles or None)
    walks = [
        Walk(
            node=node,
            options=options,
            events=events,
            memory=memory,
            wire=_wire(node, options=options, events=events),
            wave=wave,
            slots=slots,
            holder=holder,
            inventory=inventory,
            bench=bench,
        )
        for node in nodes
    ]
    try:
        return _deployed(walks, wave)
    finally:
        for walk in walks:
            _let_go(walk)


def _deployed(walks: Sequence[Walk], wave: Wave) -> Deployed:
    looking = gevent.spawn(wave.look)
    went_on = _stepped(_meet, walks, looking) and _all_ours(walks)
    held = tuple(walk.held for walk in walks if walk.held is not None)
    if held or not went_on:
        why = "not begun: somebody else deploys here" if held else "interrupted before it began"
        return Deployed([_not_begun(walk, why) for walk in walks], held=held)
    ways = _each(_walk, walks)
    joined(ways)
    outcomes = [gevent.spawn(_end_of, walk, way) for walk, way in zip(walks, ways, strict=True)]
    gevent.joinall(outcomes)
    return Deployed(
        [outcome.get() for outcome in outcomes], tuple(wave.moments), frozenset(wave.serving)
    )


def _each(step: Callable[[Walk], T], walks: Sequence[Walk]) -> list[gevent.Greenlet]:
    return [gevent.spawn(step, walk) for walk in walks]


def _stepped(step: Callable[[Walk], None], walks: Sequence[Walk], *more: gevent.Greenlet) -> bool:
    """Whether every walk made a step, uninterrupted; one that met a fault goes no further."""
    greenlets = _each(step, walks)
    went_on = joined([*greenlets, *more])
    for walk, greenlet in zip(walks, greenlets, strict=True):
        if greenlet.exception is not None:
            walk.met = _faulty(walk, greenlet.exception)
    return went_on


def _all_ours(walks: Sequence[Walk]) -> bool:
    """Whether no interrupt came while the leases were taken; `held` says which are another's.

    The first by name is taken alone: of two who deploy the same nodes one gets them all.
    """
    wanted = [walk for walk in walks if walk.met is None and not walk.options.dry_run]
    wanted.sort(key=lambda walk: walk.node.name)
    for some in (wanted[:1], wanted[1:]):
        if not _stepped(_take, some):
            return False
        if any(walk.held is not None for walk in walks):
            return True
    return True


def _meet(walk: Walk) -> None:
    with walk.slots:
        walk.met = reached(walk)


def _take(walk: Walk) -> None:
    with walk.slots:
        walk.met = taken(walk)


def _not_begun(walk: Walk, why: str) -> NodeOutcome:
    if walk.lease is not None and walk.held is None:
        with gevent.Timeout(_FAREWELL_SECONDS, False):
            walk.lease.release()
    return walk.met or ended(walk, "skipped", why)


def _wire(node: Node, *, options: Options, events: Events) -> Wire:
    return Wire(
        listen=lambda exchange: events.exchange(node.name, exchange),
        reboot_seconds=options.reboot_seconds,
        may_reboot=options.may_reboot,
        wants_differences=options.differences,
    )


def _walk(walk: Walk) -> NodeOutcome:
    try:
        with walk.slots:
            outcome = walk.met or released(walk, walked(walk))
    finally:
        walk.wave.ended(walk.node.name)
    _let_go(walk)
    walk.events.node(outcome)
    return outcome


def _let_go(walk: Walk) -> None:
    if walk.wire.client is not None:
        walk.wire.client.close()
        walk.wire.client = None


def _end_of(walk: Walk, way: gevent.Greenlet) -> NodeOutcome:
    if isinstance(way.value, NodeOutcome):
        return way.value
    if way.exception is None:
        return _interrupted(walk)
    return _faulty(walk, way.exception)


def _faulty(walk: Walk, problem: BaseException) -> NodeOutcome:
    fault = f"{type(problem).__name__}: {masked(str(problem))}"
    return ended(walk, "failed", f"{walk.at}: a fault of infra's own: {fault}.{_away(walk)}")


def _interrupted(walk: Walk) -> NodeOutcome:
    """What an interrupt found; the node keeps our name, for programs may be at work there still."""
    if walk.lease is not None:
        walk.lease.abandon()
    where = f"{walk.at}: interrupted; the next deploy goes on from there.{_away(walk)}"
    return ended(walk, "failed", where)


def _away(walk: Walk) -> str:
    return " It is out of rotation until then." if walk.node.name in walk.wave.out else ""

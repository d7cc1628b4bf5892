"""Walks every node through its roles, side by side; a node that fails stops alone.

What stops serving is done to the nodes of a pool in turn: see wave.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import gevent
from gevent.lock import BoundedSemaphore

from infra import questions
from infra.holder import Holder
from infra.interrupt import joined
from infra.meeting import reached, released
from infra.outcome import NodeOutcome
from infra.site import Node
from infra.walk import Events, Options, Walk, ended
from infra.walking import walked
from infra.wave import Moment, Wave
from infra.wire import Wire

_FAREWELL_SECONDS = 5
"""An interrupted deploy tells a node so, if the node listens."""


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
    went_on = joined([*(gevent.spawn(_meet, walk) for walk in walks), looking])
    held = tuple(walk.held for walk in walks if walk.held is not None)
    if held or not went_on:
        why = "not begun: somebody else deploys here" if held else "interrupted before it began"
        return Deployed([_not_begun(walk, why) for walk in walks], held=held)
    ways = [gevent.spawn(_walk, walk) for walk in walks]
    joined(ways)
    outcomes = [_end_of(walk, way) for walk, way in zip(walks, ways, strict=True)]
    return Deployed(outcomes, tuple(wave.moments), frozenset(wave.serving))


def _meet(walk: Walk) -> None:
    with walk.slots:
        walk.met = reached(walk)


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


def _end_of(walk: Walk, greenlet: gevent.Greenlet) -> NodeOutcome:
    if isinstance(greenlet.value, NodeOutcome):
        return greenlet.value
    if greenlet.exception is not None:
        fault = f"{type(greenlet.exception).__name__}: {greenlet.exception}"
        return ended(walk, "failed", f"{walk.at}: a fault of infra's own: {fault}")
    outcome = _interrupted(walk)
    with gevent.Timeout(_FAREWELL_SECONDS, False):
        return released(walk, outcome)
    return outcome


def _interrupted(walk: Walk) -> NodeOutcome:
    away = " It is out of rotation until then." if walk.node.name in walk.wave.out else ""
    where = f"{walk.at}: interrupted; the next deploy goes on from there.{away}"
    return ended(walk, "failed", where)

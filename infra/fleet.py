"""Walks every node through its roles, side by side; a node that fails stops alone.

What stops serving is done to the nodes of a pool in turn: see wave.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import gevent
from gevent.lock import BoundedSemaphore

from infra import questions
from infra.interrupt import joined
from infra.outcome import NodeOutcome
from infra.site import Node
from infra.walk import Events, Options, Walk, ended, reached, walked
from infra.wave import Moment, Wave
from infra.wire import Wire


@dataclass(frozen=True)
class Deployed:
    """Every node's outcome, in the order given, and what happened to the pools meanwhile."""

    nodes: list[NodeOutcome]
    moments: tuple[Moment, ...] = ()
    serving: frozenset[str] = frozenset()
    """Nodes that were in rotation when it began."""


def deploy(
    nodes: Sequence[Node],
    *,
    options: Options,
    events: Events,
    memory: questions.Memory,
    wave: Wave,
) -> Deployed:
    """Every node's outcome; those that an interrupt found say where."""
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
        )
        for node in nodes
    ]
    looking = gevent.spawn(wave.look)
    greenlets = [gevent.spawn(_walk, walk) for walk in walks]
    joined([*greenlets, looking])
    outcomes = [_end_of(walk, one) for walk, one in zip(walks, greenlets, strict=True)]
    return Deployed(outcomes, tuple(wave.moments), frozenset(wave.serving))


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
            outcome = reached(walk) or walked(walk)
    finally:
        walk.wave.ended(walk.node.name)
        if walk.wire.client is not None:
            walk.wire.client.close()
    walk.events.node(outcome)
    return outcome


def _end_of(walk: Walk, greenlet: gevent.Greenlet) -> NodeOutcome:
    if isinstance(greenlet.value, NodeOutcome):
        return greenlet.value
    if greenlet.exception is not None:
        fault = f"{type(greenlet.exception).__name__}: {greenlet.exception}"
        return ended(walk, "failed", f"{walk.at}: a fault of infra's own: {fault}")
    return _interrupted(walk)


def _interrupted(walk: Walk) -> NodeOutcome:
    if walk.started is None:
        return ended(walk, "skipped", "interrupted before it began")
    away = " It is out of rotation until then." if walk.node.name in walk.wave.out else ""
    where = f"{walk.at}: interrupted; the next deploy goes on from there.{away}"
    return ended(walk, "failed", where)

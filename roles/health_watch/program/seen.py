"""What was seen of an engine: a value that each observation makes anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from roles.health_watch.program.sockets import moved

OK, REFUSED, SILENT, STATUS = "ok", "refused", "silent", "status"
NEVER = float("-inf")
_OURS = 3
"""Connections that the watch itself may have open: health, metrics, completion."""


@dataclass(frozen=True)
class Answer:
    """How a question ended."""

    kind: str
    """OK (status 2xx), REFUSED (nobody there), SILENT (nothing came), STATUS (another status)."""
    status: int = 0
    body: str = ""


@dataclass(frozen=True)
class Seen:
    """All times are this host's monotonic seconds; NEVER where it did not happen."""

    asked_at: float | None = None
    """When the oldest question for health began that has no answer yet."""
    healthy_since: float | None = None
    """When it answered first, and did ever since."""
    refused: int = 0
    """How often in a row nobody was there."""
    unready: int = 0
    """How often in a row it said that it cannot serve now."""
    status: int = 0
    """The status that it said so with."""
    counters: Mapping[str, float] = field(default_factory=dict)
    requests: float | None = None
    """Requests in it, as it last said."""
    blind: bool = False
    """Whether it tells no metrics."""
    moved_at: float = NEVER
    """When it was last seen to compute."""
    idle_at: float = NEVER
    """When it last said that it had no request."""
    received: Mapping[str, int] | None = None
    """Bytes by connection at the last look; None while nobody looks."""
    bytes_at: float = NEVER
    """When bytes of its streams were last seen to arrive."""
    crowd_at: float = NEVER
    """When others than the watch were last seen to be connected to it."""
    token_asked_at: float | None = None
    """When the completion began that has no answer yet."""
    token_at: float = NEVER
    """When a completion was last answered well."""
    token_failed_at: float = NEVER
    token_failures: int = 0
    token_status: int = 0


def with_question(seen: Seen, *, now: float) -> Seen:
    """It is asked for its health."""
    return seen if seen.asked_at is not None else replace(seen, asked_at=now)


def with_health(seen: Seen, answer: Answer, *, now: float) -> Seen:
    """It answered for its health, or did not."""
    if answer.kind == SILENT:
        return replace(seen, refused=0, unready=0)
    heard = replace(seen, asked_at=None, refused=0, unready=0)
    if answer.kind == OK:
        since = now if seen.healthy_since is None else seen.healthy_since
        return replace(heard, healthy_since=since)
    if answer.kind == REFUSED:
        return replace(heard, refused=seen.refused + 1, healthy_since=None, requests=None)
    return replace(heard, unready=seen.unready + 1, status=answer.status, healthy_since=None)


def as_silent(seen: Seen) -> Seen:
    """It was silent for so long that its next answer is the first of a new life."""
    return replace(seen, healthy_since=None)


def as_blind(seen: Seen) -> Seen:
    """It tells no metrics: whether it computes is not known."""
    return replace(seen, blind=True)


def with_metrics(
    seen: Seen, told: Mapping[str, float], *, requests: float | None, now: float
) -> Seen:
    """It told its metrics: what moves when it computes, and how many requests are in it."""
    # an engine that was started anew counts from 0, which is no progress
    ahead = any(value > seen.counters.get(name, value) for name, value in told.items())
    return replace(
        seen,
        counters=dict(told),
        requests=requests,
        moved_at=now if ahead else seen.moved_at,
        idle_at=now if requests == 0 else seen.idle_at,
    )


def with_received(seen: Seen, received: Mapping[str, int], *, now: float) -> Seen:
    """Its connections were looked at."""
    came = seen.received is not None and moved(seen.received, received)
    return replace(
        seen,
        received=dict(received),
        bytes_at=now if came else seen.bytes_at,
        crowd_at=now if len(received) > _OURS else seen.crowd_at,
    )


def unlooked(seen: Seen) -> Seen:
    """Nobody looks at its connections any more."""
    return seen if seen.received is None else replace(seen, received=None)


def with_token_question(seen: Seen, *, now: float) -> Seen:
    """It is asked for a token."""
    return replace(seen, token_asked_at=now)


def with_token(seen: Seen, answer: Answer, *, now: float) -> Seen:
    """A completion ended: well, or so that it tells against the engine, or so that it says nothing.

    That it is full or loads says nothing, nor that nobody is there: its health says that.
    """
    done = replace(seen, token_asked_at=None)
    if answer.kind == OK:
        return replace(done, token_at=now, moved_at=now, token_failures=0)
    if answer.kind == STATUS and answer.status not in (429, 503):
        return replace(
            done,
            token_failed_at=now,
            token_failures=seen.token_failures + 1,
            token_status=answer.status,
        )
    return done

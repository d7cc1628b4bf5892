"""Judging: what was seen of an engine, and the limits, make it ill or well. No clock, no network.

A busy engine is never ill for being slow: it has to be silent on every way (health, metrics,
streams), or to stand still for longer than its longest step.
"""

from dataclasses import dataclass

from roles.health_watch.program.promised import Limits
from roles.health_watch.program.seen import Seen

GONE, UNREADY, HUNG, STUCK, SICK = "gone", "unready", "hung", "stuck", "sick"
_TWICE = 2
_FRESH_SECONDS = 3.0
"""What an engine said of its requests is true for so long."""
_CALM_SECONDS = 30.0
"""An engine that serves for so long after it came back has made good what was before."""
_SUSPICION_SECONDS = 1.0
_RETRY_SECONDS = 1.0
"""Until a completion that failed is asked for once more."""


@dataclass(frozen=True)
class Ill:
    """What is wrong with an engine; `reason` is for people."""

    kind: str
    reason: str


def illness(seen: Seen, *, now: float, limits: Limits) -> Ill | None:
    """What is wrong; None when nothing is, or when it is not certain yet."""
    if seen.refused >= _TWICE:
        return Ill(GONE, "nobody answers at its port")
    if seen.unready >= _TWICE:
        return Ill(UNREADY, f"it loads or drains: /health says {seen.status}")
    if _silent(seen, now) >= limits.silence_seconds:
        return Ill(HUNG, f"hung: silent for {limits.silence_seconds:g} s")
    if seen.token_failures >= _TWICE:
        return Ill(SICK, f"completes no token, with status {seen.token_status}")
    if _token_is_late(seen, now, limits):
        return Ill(SICK, f"completes no token within {limits.token_seconds:g} s, alone with it")
    if _still(seen, now) >= limits.stall_seconds:
        return Ill(STUCK, f"stuck: no progress for {limits.stall_seconds:g} s with requests in it")
    return None


def proven_since(seen: Seen, *, out_at: float) -> float | None:
    """Since when an engine that was out has been well; None while it has proven nothing.

    It proves itself by a token, or by progress with what it has, after it answered again.
    """
    if seen.healthy_since is None:
        return None
    start = max(seen.healthy_since, out_at)
    return start if max(seen.token_at, seen.moved_at) >= start else None


def wait_seconds(streak: int, *, longest: float) -> float:
    """Seconds that one which is out `streak` times in a row has to be well: 0, then 1, 2, 4, …."""
    return min(longest, 2.0 ** (streak - 2)) if streak > 1 else 0.0


def streak_of(streak: int, *, back_at: float, now: float) -> int:
    """How often in a row one is out that goes out now: one where it had been back for a while."""
    return streak + 1 if now - back_at < _CALM_SECONDS else 1


def token_is_due(seen: Seen, *, now: float, out_at: float | None, limits: Limits) -> bool:
    """Whether to ask for a token: at once of one that was out, now and then of an idle one.

    A completion that failed may have moved what tells of progress: only another one makes it good.
    """
    if seen.healthy_since is None or seen.token_asked_at is not None:
        return False
    if out_at is not None:
        return seen.token_failures > 0 or proven_since(seen, out_at=out_at) is None
    if seen.token_failures:
        return now - seen.token_failed_at >= _RETRY_SECONDS
    idle = seen.blind or now - seen.idle_at <= _FRESH_SECONDS
    return idle and now - max(seen.token_at, seen.moved_at) >= limits.idle_token_seconds


def is_suspect(seen: Seen, *, now: float, limits: Limits) -> bool:
    """Whether its connections are to be looked at: it may be about to be called ill."""
    token = 0.0 if seen.token_asked_at is None else now - seen.token_asked_at
    return _silent(seen, now) >= _SUSPICION_SECONDS or token >= limits.token_seconds / 2


def _silent(seen: Seen, now: float) -> float:
    if seen.asked_at is None:
        return 0.0
    return now - max(seen.asked_at, seen.bytes_at)


def _still(seen: Seen, now: float) -> float:
    """Seconds since it was last seen to compute, or to have no request; 0 when it tells neither.

    Bytes of streams are no sign: some engines write keep-alives while they compute nothing.
    """
    if seen.healthy_since is None or seen.blind:
        return 0.0
    return now - max(seen.healthy_since, seen.moved_at, seen.idle_at)


def _token_is_late(seen: Seen, now: float, limits: Limits) -> bool:
    """Whether a completion hangs though no other request keeps the engine busy.

    Nobody else was connected since it was asked of an idle engine; or the engine says that it has
    no request while it has this one. A request that its client gave up may be computed for long.
    """
    asked = seen.token_asked_at
    if asked is None or now - max(asked, seen.moved_at) < limits.token_seconds:
        return False
    was_idle = seen.blind or asked - seen.idle_at <= _FRESH_SECONDS
    alone = seen.received is not None and seen.crowd_at < asked
    return (was_idle and alone) or seen.idle_at >= asked + _FRESH_SECONDS

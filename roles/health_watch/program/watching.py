"""Watching: questions to every engine and node, side by side, and what came of them."""

import asyncio
import time
from dataclasses import dataclass, field

from roles.health_watch.program.asking import get, token
from roles.health_watch.program.judging import (
    HUNG,
    Ill,
    illness,
    is_suspect,
    proven_since,
    token_is_due,
)
from roles.health_watch.program.metrics import parse_metrics
from roles.health_watch.program.promised import Limits, Member
from roles.health_watch.program.rotation import run
from roles.health_watch.program.seen import (
    NEVER,
    OK,
    SILENT,
    STATUS,
    Answer,
    Seen,
    as_blind,
    as_silent,
    unlooked,
    with_health,
    with_metrics,
    with_question,
    with_received,
    with_token,
    with_token_question,
)
from roles.health_watch.program.sockets import look_argv, parse_received
from roles.health_watch.program.standing import Standing, parse_standing

_EACH_SECONDS = 1.0
_HEALTH_SECONDS = 0.7
_AGAIN_SECONDS = 0.25
_TWICE_SECONDS = 0.1
"""From a refusal to the next question: two of them are certain enough."""
_METRICS_SECONDS = 30.0
"""An engine may be too busy to tell them for longer than it takes to ask again."""
_STANDING_SECONDS = 5.0
_TELLS_NONE = (404, 405, 501)
_HELD_SECONDS = 2.0
_LOOK_SECONDS = 0.5
_TOKEN_AT_MOST_SECONDS = 600.0


@dataclass
class Watched:
    """One engine: what is promised, what was seen, what was done about it."""

    member: Member
    limits: Limits
    seen: Seen = field(default_factory=Seen)
    ill: Ill | None = None
    ill_since: float = NEVER
    out_at: float | None = None
    """Since when the watch holds it; None while it does not."""
    streak: int = 0
    """How often in a row it was taken out."""
    back_at: float = NEVER
    """When it was let in last."""
    was_away: bool = False
    """Whether it was ill since its node was last let in."""
    standing: Standing | None = None
    standing_at: float = NEVER
    held_by_gate: bool = False
    cut_at: float = NEVER
    next_try: float = NEVER
    """When rotation is asked again after it said no."""
    problem: str = ""
    """Why what was decided is not done."""
    acting: bool = False

    def judge(self, now: float) -> None:
        """What was seen is judged."""
        found = illness(self.seen, now=now, limits=self.limits)
        if found is not None and self.ill is None:
            self.ill_since = now
        self.was_away = self.was_away or found is not None
        if found is not None and found.kind == HUNG:
            self.seen = as_silent(self.seen)
        self.ill = found

    def proven_for(self, now: float) -> float:
        """Seconds for which it has been well again; below 0 when it has proven nothing."""
        since = None if self.out_at is None else proven_since(self.seen, out_at=self.out_at)
        return -1.0 if since is None or self.ill is not None else now - since


async def ask_health(one: Watched) -> None:
    """Asks for health all the time; sooner when nobody was there, or it was ill."""
    while True:
        began = time.monotonic()
        one.seen = with_question(one.seen, now=began)
        answer = await get(
            one.member.place, one.member.health_path, seconds=one.limits.silence_seconds
        )
        now = time.monotonic()
        one.seen = with_health(one.seen, answer, now=now)
        await asyncio.sleep(max(0.0, began - now + _pause(one)))


async def ask_metrics(one: Watched) -> None:
    """Asks for progress each second; one question at a time, as each takes one of its threads."""
    names = (*one.member.running, *one.member.progress)
    if not one.member.metrics_path:
        one.seen = as_blind(one.seen)
    while one.member.metrics_path:
        answer = await get(one.member.place, one.member.metrics_path, seconds=_METRICS_SECONDS)
        if answer.kind == OK:
            found = parse_metrics(answer.body, names=names)
            told = {name: found[name] for name in one.member.progress if name in found}
            running = [found[name] for name in one.member.running if name in found]
            requests = sum(running) if running else None
            one.seen = with_metrics(one.seen, told, requests=requests, now=time.monotonic())
        elif answer.kind == STATUS and answer.status in _TELLS_NONE:
            one.seen = as_blind(one.seen)
        await asyncio.sleep(_EACH_SECONDS)


async def ask_token(one: Watched) -> None:
    """Asks for a token when one is due."""
    while True:
        now = time.monotonic()
        if token_is_due(one.seen, now=now, out_at=one.out_at, limits=one.limits):
            one.seen = with_token_question(one.seen, now=now)
            answer = await _completed(one, began=now)
            one.seen = with_token(one.seen, answer, now=time.monotonic())
            if answer.kind != OK:
                await asyncio.sleep(_EACH_SECONDS)
        await asyncio.sleep(_AGAIN_SECONDS)


async def ask_standing(one: Watched) -> None:
    """Asks where the node stands: as soon as its engine answers again, and every few seconds."""
    place = one.member.standing
    while place is not None:
        now = time.monotonic()
        each = _HELD_SECONDS if one.held_by_gate else _STANDING_SECONDS
        healthy = one.seen.healthy_since
        if healthy is not None and (one.standing_at < healthy or now - one.standing_at >= each):
            answer = await get(place, "/", seconds=_STANDING_SECONDS)
            one.standing = parse_standing(answer.body) if answer.kind == OK else None
            one.standing_at = time.monotonic()
        await asyncio.sleep(_AGAIN_SECONDS)


async def look_at_streams(one: Watched) -> None:
    """Looks whether bytes of its streams arrive while it may be about to be called ill."""
    while True:
        suspect = is_suspect(one.seen, now=time.monotonic(), limits=one.limits)
        if suspect and one.ill is None:
            status, said, _ = await run(look_argv(one.member.place), seconds=_EACH_SECONDS)
            if status == 0:
                received = parse_received(said)
                one.seen = with_received(one.seen, received, now=time.monotonic())
        elif not suspect:
            one.seen = unlooked(one.seen)
        await asyncio.sleep(_LOOK_SECONDS)


def _pause(one: Watched) -> float:
    if one.ill is not None:
        return _AGAIN_SECONDS
    return _TWICE_SECONDS if one.seen.refused or one.seen.unready else _HEALTH_SECONDS


async def _completed(one: Watched, *, began: float) -> Answer:
    """The answer to a completion; given up when the engine went away since it was asked."""
    asked = asyncio.ensure_future(token(one.member, seconds=_TOKEN_AT_MOST_SECONDS))
    while not asked.done():
        await asyncio.wait({asked}, timeout=_AGAIN_SECONDS)
        since = one.seen.healthy_since
        if since is None or since > began:
            asked.cancel()
            return Answer(SILENT)
    return asked.result()

"""Acting: what was decided is done, and what hangs on a hung engine is ended."""

import time

from roles.health_watch.program.deciding import HEALTH, HOLD, Act
from roles.health_watch.program.desk import Desk, say
from roles.health_watch.program.rotation import REFUSED_STATUS, argv_of, run
from roles.health_watch.program.sockets import cut_argv, parse_cut
from roles.health_watch.program.watching import Watched

_REFUSED_AGAIN_SECONDS, _FAILED_AGAIN_SECONDS = 5.0, 2.0
_ROTATION_SECONDS = 90.0
_CUT_SECONDS = 5.0


async def do(desk: Desk, one: Watched, act: Act) -> None:
    """A hold put or lifted; why not, where rotation says no, and when to ask it again."""
    try:
        async with desk.turns:
            # it may be well again since that was decided
            if one.ill is not None or (act.verb, act.owner) != (HOLD, HEALTH):
                await _done(desk, one, act)
    finally:
        one.acting = False


async def _done(desk: Desk, one: Watched, act: Act) -> None:
    argv = argv_of(act, node=one.member.node, floor=one.limits.floor, program=desk.program)
    began = time.monotonic()
    status, _, complaint = await run(argv, seconds=_ROTATION_SECONDS)
    now = time.monotonic()
    what = f"{one.member.node}: {act.verb} {act.owner}" + (act.reason and f": {act.reason}")
    if status == 0:
        one.problem = ""
        say(f"{what} ({now - began:.2f} s)")
        return
    pause = _REFUSED_AGAIN_SECONDS if status == REFUSED_STATUS else _FAILED_AGAIN_SECONDS
    one.next_try = now + pause
    _complain(one, what, complaint or f"infra-rotation ended with status {status}")


async def cut(desk: Desk, one: Watched) -> None:
    """Streams that hang on an engine are ended at once: their clients learn it."""
    status, said, complaint = await run(cut_argv(one.member.place), seconds=_CUT_SECONDS)
    ended = parse_cut(said)
    if status != 0 or complaint:
        why = complaint or f"ss ended with status {status}"
        desk.trouble("cut", f"streams on hung engines cannot be ended by this kernel: {why}")
        return
    desk.trouble("cut", "")
    if ended:
        say(f"{one.member.node}: {ended} connections that hung on it are ended")


def _complain(one: Watched, what: str, problem: str) -> None:
    if problem != one.problem:
        say(f"{what}: {problem}")
    one.problem = problem

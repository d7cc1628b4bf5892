"""The daemon: it starts, asks, and tells systemd that it lives."""

import asyncio
import os
import socket
import sys
import time
from collections.abc import Sequence

from roles.health_watch.program.desk import Desk, say
from roles.health_watch.program.files import (
    ADMITTED,
    STATE,
    parse_admitted,
    text_at,
    write_whole,
)
from roles.health_watch.program.promised import CONFIG, Promised, parse_promised
from roles.health_watch.program.rotation import ROTATION, gated_here, parse_holds
from roles.health_watch.program.rounds import step
from roles.health_watch.program.telling import state_text
from roles.health_watch.program.watching import (
    Watched,
    ask_health,
    ask_metrics,
    ask_standing,
    ask_token,
    look_at_streams,
)

_ROUND_SECONDS = 0.2
_TELL_SECONDS = 1.0


def main(arguments: Sequence[str]) -> int:
    """Exit status: 1 when there is no promise; it ends by a signal only."""
    path = arguments[0] if arguments else CONFIG
    try:
        promised = parse_promised(text_at(path))
    except (ValueError, KeyError, TypeError) as problem:
        say(f"{path} is not what a deploy writes ({problem}); deploy this balancer")
        return 1
    asyncio.run(watch(promised))
    return 0


async def watch(promised: Promised) -> None:
    """Watches until it is cancelled; an error of one part ends it, and systemd starts it anew."""
    watched = {one.node: Watched(one, promised.limits) for one in promised.members}
    desk = Desk(watched, parse_admitted(text_at(ADMITTED)))
    notify("READY=1")
    parts = (ask_health, ask_metrics, ask_token, ask_standing, look_at_streams)
    questions = [part(one) for one in watched.values() for part in parts]
    await asyncio.gather(_rounds(desk, promised.digest), *questions)


def notify(word: str) -> None:
    """A word to systemd, where it listens."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if where:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(word.encode(), where.replace("@", "\0", 1))


async def _rounds(desk: Desk, digest: str) -> None:
    told = 0.0
    while True:
        now = time.monotonic()
        said = _rotation()
        rights = step(desk, parse_holds(said), now=now, gated=gated_here(said))
        if now - told >= _TELL_SECONDS:
            told = now
            if "admitted" in desk.troubles:
                desk.keep()
            _tell(desk, state_text(desk, rights=rights, digest=digest, now=now))
            notify("WATCHDOG=1")
        await asyncio.sleep(_ROUND_SECONDS)


def _rotation() -> str:
    try:
        return text_at(ROTATION)
    except OSError as problem:
        return f"{ROTATION}: {problem}"  # which is no state


def _tell(desk: Desk, text: str, *, path: str = STATE) -> None:
    """It goes on where nobody can be told: engines die on full disks as well."""
    try:
        write_whole(path, text)
        desk.trouble("tell", "")
    except OSError as problem:
        desk.trouble("tell", f"{path} is not written: {problem}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The talk with a node's keeper: what is said to it, and what it answers. See keeper.sh."""

import shlex
from pathlib import Path

from infra.dialogue import Dialogue
from infra.holder import gone, parse

_SCRIPT = Path(__file__).with_name("keeper.sh")
_WORD = "infra-lease: "
PID = r's/.*"keeper": \([0-9]*\)}$/\1/p'
"""For sed: the keeper's process id, from what it leaves about its holder."""
COMING_BACK_SECONDS = 60
"""So long after a boot the host waits for the holder that ordered it, before others may have it."""


def command(folder: str, *, lease: str, holder: str, silence_seconds: int) -> str:
    """Shell text that is a node's keeper; `holder` is a line of JSON."""
    given = (folder, lease, holder, str(silence_seconds), str(COMING_BACK_SECONDS), PID)
    words = " ".join(map(shlex.quote, (_SCRIPT.read_text(), "infra-keeper", *given)))
    return f"exec bash -c {words}"


def read(line: str) -> tuple[str, str]:
    """The word of a keeper's line and what follows it; the word is empty when another spoke."""
    if not line.startswith(_WORD):
        return "", line
    word, _, rest = line.removeprefix(_WORD).partition(" ")
    return word, rest


def until(dialogue: Dialogue, last: set[str], *, seconds: float) -> dict[str, str]:
    """What is said, by its first word, up to one of the last or the end; "" is what others said.

    `seconds` is the longest silence; an error of the connection ends it as the end does.
    """
    words: dict[str, str] = {}
    while not words.keys() & last:
        try:
            line = dialogue.hear(seconds=seconds)
        except (OSError, EOFError) as lost:
            return {**words, "": str(lost) or type(lost).__name__}
        if line is None:
            break
        words |= [read(line)]
    return words


def remark(words: dict[str, str], *, node: str, folder: str) -> str | None:
    """What is worth a sentence when a lease was given."""
    found = []
    if "was" in words:
        found.append(gone(parse(words["was"]), node=node, busy=words.get("busy", "")))
    if "unwritten" in words:
        why = words["unwritten"]
        found.append(f"{node}: {folder} cannot be written to ({why}); free space there")
    return "; ".join(found) or None

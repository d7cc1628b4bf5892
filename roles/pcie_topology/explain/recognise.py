"""Which kind of output a text is, whatever terminal, chat or file it went through."""

import re
import textwrap
from collections.abc import Sequence
from types import ModuleType

from roles.pcie_topology.explain import sections
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.readers import Reader, readers

UNKNOWN = "unknown"
"""Kind of a text that no reader knows."""

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\ufeff]")
_FENCE = re.compile(r"^\s*(```|~~~)\w*\s*$")
_PROMPT = re.compile(
    r"^\s*(?:\(\S+\)\s*)?"
    r"(?:[A-Z]:\\[^>]{0,200}|PS [^>]{0,200}|\[?[\w.-]+@[\w.-]+[^$#%>]{0,200}\]?)?\s*[$#%>]\s*"
    r"(?:sudo\s+)?(?:\S*/)?(?:nvidia-\S+|lspci|dmesg|journalctl|dcgmi|cat|grep|nvbandwidth"
    r"|p2pBandwidthLatencyTest|bandwidthTest)\b.*$"
)
_DOCUMENT = re.compile(r"(?m)^\|.*\n\|(?: *:?-{3,}:? *\|){2,}\n(?:\|.*\n?)*")
"""A table of a document (Markdown), which is about outputs and is none."""
_BLANK = re.compile(r"\n{4,}")
_QUOTED = re.compile(r"^> ?")


def judged(text: str) -> Judgement:
    """What the first reader that knows the text says of it; of several outputs, all together."""
    cleaned = clean(text)
    parts = sections.split(cleaned, is_prompt=is_prompt)
    known = [part for part in parts if _reader(without_prompts(part)) is not None]
    if len(known) > 1 and not _are_runs_of_one(known):
        return sections.joined([_judged(part) for part in known])
    return _judged(cleaned)


def _judged(cleaned: str) -> Judgement:
    bare = without_prompts(cleaned)
    reader = _reader(bare)
    if reader is None:
        return Judgement(kind=UNKNOWN, findings=(_unknown(bare),))
    return reader.judge(cleaned if _takes_commands(reader) else bare)


def kind(text: str) -> str:
    """The kind of a text; `unknown` when no reader knows it."""
    return judged(text).kind


def is_prompt(line: str) -> bool:
    """Whether a person typed a command of ours in this line."""
    return _PROMPT.match(line) is not None


def _reader(text: str) -> Reader | None:
    return next((one for one in readers() if one.matches(text)), None)


def _are_runs_of_one(parts: Sequence[str]) -> bool:
    """Whether all parts are runs of one tool that its reader judges together."""
    found = {_reader(without_prompts(part)) for part in parts}
    return len(found) == 1 and getattr(found.pop(), "MANY_RUNS", False) is True


def clean(text: str) -> str:
    """The text without what terminals, chats and editors add: escape codes, fences, quoting …"""
    plain = _UNSEEN.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    lines = [line.rstrip() for line in plain.split("\n") if not _FENCE.match(line)]
    if all(line.startswith(">") for line in lines if line):
        lines = [_QUOTED.sub("", line) for line in lines]
    whole = _DOCUMENT.sub("\n", textwrap.dedent("\n".join(lines)))
    return _BLANK.sub("\n\n\n", whole)


def without_prompts(text: str) -> str:
    """The text without the lines in which a person typed the command."""
    lines = text.split("\n")
    kept = [line for line in lines if not is_prompt(line)]
    return text if len(kept) == len(lines) else textwrap.dedent("\n".join(kept))


def _takes_commands(reader: Reader | ModuleType) -> bool:
    """Whether a reader tells more when it sees the command, as `topo -mp` differs from -m."""
    return getattr(reader, "WITH_COMMAND", False) is True


def _unknown(text: str) -> Finding:
    what = "no output that is known here" if text.strip() else "there is nothing in it"
    return Finding("warning", "file", what, "infra topology explain --kinds lists what is known.")

"""Whether answers are as good as golden prompts expect, and where two answers differ."""

import difflib
import json
import re
from collections.abc import Callable, Iterator

from infra.golden import Expect
from infra.golden_asking import Reply

_SHOWN = 80


def shortfalls(expect: Expect, reply: Reply, *, main: Reply | None) -> tuple[str, ...]:
    """What is wrong with a reply, a sentence each; empty for a good one.

    `main` is the answer of a node that serves already; None where there is no such node.
    """
    if reply.problem:
        return (reply.problem,)
    found = [*_of_its_own(expect, reply.text)]
    if expect.same_as_main is not None:
        found += _unlike(expect.same_as_main, reply.text, main=main)
    return tuple(found)


def likeness(one: str, other: str) -> float:
    """How much of two texts is the same: 0 nothing, 1 all."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).ratio()


def differences(main: str, canary: str) -> tuple[str, ...]:
    """Lines of a unified diff between two answers; none when they are the same."""
    named = {"fromfile": "main", "tofile": "canary", "lineterm": "", "n": 1}
    return tuple(difflib.unified_diff(main.splitlines(), canary.splitlines(), **named))  # type: ignore[arg-type]


def _of_its_own(expect: Expect, text: str) -> Iterator[str]:
    lowered = text.lower()
    missing = (one for one in expect.contains if one.lower() not in lowered)
    yield from (f'"{_short(one)}" is not in it' for one in missing)
    if expect.regex is not None and re.search(expect.regex, text) is None:
        yield f"{expect.regex} is not found in it"
    if expect.equals is not None and text.strip() != expect.equals.strip():
        yield f'it is not "{_short(expect.equals)}"'
    if expect.is_json and not _parses(json.loads, text):
        yield "it is no JSON"


def _unlike(wanted: float, text: str, *, main: Reply | None) -> Iterator[str]:
    if main is None or main.problem:
        why = "no other node serves" if main is None else main.problem
        yield f"there is nothing to compare it with: {why}"
        return
    ratio = likeness(main.text, text)
    if ratio < wanted:
        yield f"it is like the main answer by {ratio:.2f}, not by {wanted:g}"


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"

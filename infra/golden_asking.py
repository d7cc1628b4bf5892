"""A question to an engine: shell text that asks it on a balancer, and the reading of the answer."""

import json
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.golden import Prompt

# curl's time to the first byte is that of the headers, which some engines send before any token:
# each line gets its own time instead. The body comes by stdin, for it may be long.
_TIMED = """echo "$EPOCHREALTIME"
curl -sS -N --noproxy "*" --connect-timeout 5 --max-time "$1" \
-H "Content-Type: application/json" -d @- "$0" 2>&1 |
while IFS= read -r line || [ -n "$line" ]; do
  [ -z "$line" ] || echo "$EPOCHREALTIME $line"
done"""
_LAST_WORDS = 200


@dataclass(frozen=True)
class Reply:
    """What an engine said, and how fast."""

    text: str
    problem: str = ""
    """Why it is no answer; empty when it is one."""
    first_token_seconds: float | None = None
    tokens: int = 0
    tokens_per_second: float | None = None
    """Speed after the first token; None for an answer of one."""


def command(prompt: Prompt, *, base_url: str, model: str, seconds: int) -> str:
    """Shell text that prints a time for the start and before each line of the streamed answer."""
    chat = bool(prompt.messages)
    body = {
        "model": model,
        "max_tokens": prompt.max_tokens,
        "temperature": prompt.temperature,
        "stream": True,
        "stream_options": {"include_usage": True},
        **({"messages": [one.model_dump() for one in prompt.messages]} if chat else {}),
        **({} if chat else {"prompt": prompt.prompt}),
    }
    url = f"{base_url}/{'chat/completions' if chat else 'completions'}"
    asked = f"LC_ALL=C bash -c {shlex.quote(_TIMED)} {shlex.quote(url)} {seconds}"
    return f"printf %s {shlex.quote(json.dumps(body))} | {asked}"


def parse(said: str) -> Reply:
    """The reply in what `command` printed."""
    start, _, rest = said.partition("\n")
    # not splitlines: an engine may write U+2028 and its like as they are
    lines = [line.partition(" ") for line in rest.split("\n") if line]
    timed = [(float(at), text) for at, _, text in lines]
    if not any(text == "data: [DONE]" for _, text in timed):
        heard = " ".join(text for _, text in timed if not text.startswith("data: {"))
        return Reply(_text(timed), problem=_why(heard or _errors(timed)))
    return _reply(float(start), timed)


def _reply(start: float, timed: list[tuple[float, str]]) -> Reply:
    pieces = [(at, piece) for at, event in _events(timed) for piece in _pieces(event)]
    if not pieces:
        return Reply("", problem="answered without a word")
    usage = [event["usage"] for _, event in _events(timed) if event.get("usage")]
    tokens = usage[-1]["completion_tokens"] if usage else len(pieces)
    first, last = pieces[0][0], pieces[-1][0]
    return Reply(
        "".join(piece for _, piece in pieces),
        first_token_seconds=first - start,
        tokens=tokens,
        tokens_per_second=(tokens - 1) / (last - first) if last > first and tokens > 1 else None,
    )


def _events(timed: Iterable[tuple[float, str]]) -> Iterator[tuple[float, dict[str, Any]]]:
    for at, text in timed:
        if text.startswith("data: {"):
            try:
                yield at, json.loads(text.removeprefix("data: "))
            except json.JSONDecodeError:
                continue  # the line at which it broke off


def _pieces(event: dict[str, Any]) -> Iterator[str]:
    for choice in event.get("choices") or ():
        text = choice.get("delta", {}).get("content") or choice.get("text")
        if text:
            yield text


def _text(timed: Iterable[tuple[float, str]]) -> str:
    return "".join(piece for _, event in _events(timed) for piece in _pieces(event))


def _errors(timed: Iterable[tuple[float, str]]) -> str:
    return " ".join(str(event["error"]) for _, event in _events(timed) if "error" in event)


def _why(heard: str) -> str:
    return f"no whole answer: {heard[:_LAST_WORDS] or 'it broke off'}"

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
_THOUGHTS = ("reasoning_content", "reasoning")
"""Where llama-server and vLLM put what a model thinks before it answers."""


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
    lines = [line.rstrip("\r").partition(" ") for line in rest.split("\n") if line]
    timed = [(float(at), text) for at, _, text in lines]
    if not any(text == "data: [DONE]" for _, text in timed):
        heard = " ".join(text for _, text in timed if not text.startswith("data: {"))
        return Reply(_text(timed), problem=_why(heard or _errors(timed)))
    return _reply(float(start), timed)


def _reply(start: float, timed: list[tuple[float, str]]) -> Reply:
    pieces = [(at, piece) for at, event in _events(timed) for piece in _pieces(event)]
    if not pieces:
        return _wordless(start, timed)
    tokens = _counted(timed) or len(pieces)
    first, last = pieces[0][0], pieces[-1][0]
    return Reply(
        "".join(piece for _, piece in pieces),
        first_token_seconds=first - start,
        tokens=tokens,
        tokens_per_second=(tokens - 1) / (last - first) if last > first and tokens > 1 else None,
    )


def _wordless(start: float, timed: list[tuple[float, str]]) -> Reply:
    """No answer, but perhaps tokens: a model that thinks first may have done no more than that."""
    thoughts = [at for at, event in _events(timed) for _ in _pieces(event, keys=_THOUGHTS)]
    why = ": all its max_tokens went into thinking; give it more" if thoughts else ""
    return Reply(
        "",
        problem=f"answered without a word{why}",
        first_token_seconds=thoughts[0] - start if thoughts else None,
        tokens=_counted(timed) or len(thoughts),
    )


def _counted(timed: list[tuple[float, str]]) -> int:
    """Tokens as the engine counts them; 0 when it does not."""
    usage = [event.get("usage") or {} for _, event in _events(timed)]
    counts = [one["completion_tokens"] for one in usage if "completion_tokens" in one]
    return int(counts[-1]) if counts else 0


def _events(timed: Iterable[tuple[float, str]]) -> Iterator[tuple[float, dict[str, Any]]]:
    for at, text in timed:
        if text.startswith("data: {"):
            try:
                yield at, json.loads(text.removeprefix("data: "))
            except json.JSONDecodeError:
                continue  # the line at which it broke off


def _pieces(event: dict[str, Any], *, keys: tuple[str, ...] = ("content",)) -> Iterator[str]:
    for choice in event.get("choices") or ():
        delta = choice.get("delta") or {"content": choice.get("text")}
        yield from (delta[key] for key in keys if delta.get(key))


def _text(timed: Iterable[tuple[float, str]]) -> str:
    return "".join(piece for _, event in _events(timed) for piece in _pieces(event))


def _errors(timed: Iterable[tuple[float, str]]) -> str:
    return " ".join(str(event["error"]) for _, event in _events(timed) if "error" in event)


def _why(heard: str) -> str:
    return f"no whole answer: {heard[:_LAST_WORDS] or 'it broke off'}"

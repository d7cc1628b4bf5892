"""What a deploy ends with: a completion through the balancer, asked from the control host."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from http.client import HTTPException

from infra import secrets
from infra.closing import LastWords
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import trust

QUESTION = "What is the capital of France?"
_PATIENCE_SECONDS = 60.0
_LONGEST_SECONDS = 180.0
"""Keep-alives come for as long as an engine likes, whether it computes or not."""


def last_words(settings: LoadBalancerSettings) -> LastWords:
    """The answer to a question asked as a client would, and which node gave it how fast."""
    started = time.monotonic()
    try:
        text = _asked(settings, started=started)
    except (OSError, HTTPException, ValueError, secrets.SecretError) as problem:
        why = _why(problem)
        return LastWords(False, f"no answer through {settings.base_url}: {why}", _since(started))
    return LastWords(True, text, _since(started))


def answer(lines: Iterable[bytes]) -> Iterator[str]:
    """The pieces of text in the lines of a streamed chat completion.

    ValueError when the stream holds an error, or ends before its end.
    """
    for line in lines:
        field, _, data = line.decode().strip().partition(": ")
        if field == "data" and data == "[DONE]":
            return
        if field in ("data", "error"):
            yield from _pieces(json.loads(data))
    raise ValueError("the answer broke off")


def in_time(lines: Iterable[bytes], *, started: float) -> Iterator[bytes]:
    """The lines of an answer that began at `started`; TimeoutError when it does not come to an end.

    `started` is in monotonic seconds.
    """
    for line in lines:
        if _since(started) > _LONGEST_SECONDS:
            raise TimeoutError(f"the answer did not end within {_LONGEST_SECONDS:.0f} s")
        yield line


def _pieces(event: object) -> Iterator[str]:
    if not isinstance(event, dict):
        raise ValueError(f"the engine said {event!r}")
    if "error" in event:
        raise ValueError(f"the engine said {event['error']}")
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        delta = choice.get("delta") or {}
        # a model that thinks first may do no more than that in so few tokens
        text = delta.get("content") or delta.get("reasoning_content") or delta.get("reasoning")
        if text:
            yield text


def _asked(settings: LoadBalancerSettings, *, started: float) -> str:
    verifying = urllib.request.HTTPSHandler(context=trust.context(settings))
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), verifying)
    with opener.open(_request(settings), timeout=_PATIENCE_SECONDS) as response:
        node = response.headers.get("X-Upstream") or "an unnamed node"
        pieces = answer(in_time(response, started=started))
        first = next(pieces, "")
        seconds = _since(started)
        words = " ".join((first + "".join(pieces)).split())
    return f'"{words}" from {node} through {settings.base_url} (first token {seconds:.2f} s)'


def _request(settings: LoadBalancerSettings) -> urllib.request.Request:
    key = secrets.read(next(iter(settings.api_keys.values()))[0])
    model = settings.targets[0].model if settings.targets else ""
    body = {
        "model": model,
        "messages": [{"role": "user", "content": QUESTION}],
        "max_tokens": 24,
        "temperature": 0,
        "stream": True,
    }
    return urllib.request.Request(
        f"{settings.base_url}/chat/completions",
        data=json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {key}",
            "Content-Type": "application/json",
            "X-Model": model,
            "X-Prompt-Version": "infra-deploy",
        },
    )


def _why(problem: Exception) -> str:
    if isinstance(problem, urllib.error.HTTPError):
        return f"status {problem.code}: {problem.read(300).decode(errors='replace').strip()}"
    if isinstance(problem, urllib.error.URLError):
        return str(problem.reason)
    return str(problem) or type(problem).__name__


def _since(started: float) -> float:
    return time.monotonic() - started

"""Clients at a fixed rate through the `openai` library, each request with its own record.

Open loop: a request goes out when it is due, whatever became of the others, so that a node that
hangs gets no rest by the clients that hang with it. Nothing is tried twice.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import openai

PATIENCE_SECONDS = 90.0
"""A client waits so long for the next token: far longer than anybody may have to."""
REFUSED = (429, 503)


@dataclass(frozen=True)
class Request:
    """One request; times are Unix seconds."""

    id: str
    """What it named itself in X-Request-Id, as the balancer's log has it."""
    began: float
    first: float | None
    """When its first token came."""
    ended: float
    node: str
    """Who answered; empty when no answer began."""
    finish: str | None
    status: int | None = None
    """HTTP status of a refusal."""
    retry_after: str | None = None
    error: str | None = None

    @property
    def lost(self) -> bool:
        """An error, a refusal, or an answer without an end."""
        return self.error is not None or self.finish is None

    @property
    def refused(self) -> bool:
        """Told to come again before anything was begun."""
        return self.status in REFUSED

    @property
    def to_first(self) -> float | None:
        """Seconds to the first token."""
        return None if self.first is None else self.first - self.began


@dataclass
class Client:
    """One library client that many threads share."""

    url: str
    key: str
    model: str
    tokens: int = 24
    prompt: str = "Tell me a story."
    max_retries: int = 0
    sdk: openai.OpenAI = field(init=False)

    def __post_init__(self) -> None:
        self.sdk = openai.OpenAI(
            base_url=self.url,
            api_key=self.key,
            max_retries=self.max_retries,
            timeout=PATIENCE_SECONDS,
        )

    def ask(self) -> Request:
        """One streamed chat, from its beginning to whatever end."""
        name, began = uuid.uuid4().hex, time.time()
        node, first, finish = "", None, None
        try:
            raw = self.sdk.chat.completions.with_raw_response.create(
                model=self.model,
                messages=[{"role": "user", "content": self.prompt}],
                max_tokens=self.tokens,
                stream=True,
                extra_headers={"X-Request-Id": name, "X-Prompt-Version": "storm"},
            )
            node = raw.headers.get("X-Upstream", "")
            for event in raw.parse():
                if event.choices and event.choices[0].delta.content:
                    first = first or time.time()
                finish = event.choices[0].finish_reason or finish if event.choices else finish
        except openai.APIStatusError as problem:
            said = problem.response.headers
            return Request(
                name, began, first, time.time(), said.get("X-Upstream", ""), None,
                status=problem.status_code, retry_after=said.get("Retry-After"), error=str(problem),
            )  # fmt: skip
        except Exception as problem:  # whatever the client's libraries raise is a loss
            told = f"{type(problem).__name__}: {problem}"
            return Request(name, began, first, time.time(), node, None, error=told)
        return Request(name, began, first, time.time(), node, finish)

    def close(self) -> None:
        self.sdk.close()


@dataclass
class Pace:
    """So many requests a second from `with` to its end, which waits for the last answer."""

    client: Client
    per_second: float
    done: list[Request] = field(default_factory=list)
    open: int = 0
    """Requests under way."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Pace":
        self._clock = threading.Thread(target=self._send)
        self._clock.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._stop.set()
        self._clock.join()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        began, number = time.monotonic(), 0
        while not self._stop.wait(max(0.0, began + number / self.per_second - time.monotonic())):
            number += 1
            thread = threading.Thread(target=self._one)
            thread.start()
            self._threads.append(thread)

    def _one(self) -> None:
        with self._lock:
            self.open += 1
        made = self.client.ask()
        with self._lock:
            self.open -= 1
            self.done.append(made)


def await_that(
    holds: Callable[[], bool], *, seconds: float, what: str, told: Callable[[], object] = lambda: ""
) -> float:
    """Wait until something holds; how long that took. AssertionError when it does not come."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"{what}: not within {seconds} s; {told()}"
        time.sleep(0.05)
    return time.monotonic() - began


def percentile(values: Iterable[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

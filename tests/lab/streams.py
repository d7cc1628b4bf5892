"""Clients that stream chats through the balancer without a pause, and count what they lose."""

import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

import openai
from labhosts import LAB

MODEL = "smollm2-135m"
URL = "http://10.77.0.21/v1"


@dataclass(frozen=True)
class Stream:
    """One request: when it began and ended (monotonic), which node answered, what became of it."""

    began: float
    ended: float
    node: str
    finish: str | None
    error: str | None = None

    @property
    def lost(self) -> bool:
        """An error, or an answer without an end."""
        return self.error is not None or self.finish is None


@dataclass
class Streams:
    """So many clients at once, from `with` to its end; no client tries anything twice."""

    clients: int = 4
    """As many as one node of the lab computes at once: beyond it a pool with a node out refuses."""
    tokens: int = 32
    url: str = URL
    done: list[Stream] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Streams":
        self._threads = [threading.Thread(target=self._client) for _ in range(self.clients)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def lost(self) -> list[Stream]:
        """What was lost so far."""
        return [stream for stream in self.done if stream.lost]

    def by_node(self) -> dict[str, int]:
        """How many requests each node answered."""
        nodes = [stream.node for stream in self.done]
        return {node: nodes.count(node) for node in sorted(set(nodes))}

    def _client(self) -> None:
        key = (LAB / "api_key").read_text().strip()
        with openai.OpenAI(base_url=self.url, api_key=key, max_retries=0, timeout=120) as client:
            while not self._stop.is_set():
                self.done.append(self._one(client))

    def _one(self, client: openai.OpenAI) -> Stream:
        began, node, finish = time.monotonic(), "", None
        try:
            raw = client.chat.completions.with_raw_response.create(
                model=MODEL,
                messages=[{"role": "user", "content": "Tell me a story."}],
                max_tokens=self.tokens,
                stream=True,
            )
            node = raw.headers.get("X-Upstream", "")
            for event in raw.parse():
                finish = event.choices[0].finish_reason or finish if event.choices else finish
        except Exception as problem:  # whatever the client's libraries raise is a loss
            said = f"{type(problem).__name__}: {problem}"
            return Stream(began, time.monotonic(), node, None, error=said)
        return Stream(began, time.monotonic(), node, finish)

"""Two engines of a fixed speed behind a real nginx, and what fills them."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import openai
from loopback import KEY, MODEL, Loopback
from pacing import Client, Request, await_that
from stub_engine import Stub

SLOTS, QUEUE, NODES = 4, 2, 2
LIMIT = NODES * (SLOTS + QUEUE)
"""Requests that the balancer admits at the same time."""
ENGINE = {"slots": SLOTS, "speed": 25.0, "prefill": 0.2}


@contextmanager
def two_nodes(folder: Path, *, nginx: str) -> Iterator[Loopback]:
    """A balancer of two nodes."""
    with (
        Stub(**ENGINE) as one,
        Stub(**ENGINE) as two,
        Loopback(
            folder, nginx=nginx, engines=(one, two), slots=SLOTS, queue_per_node=QUEUE
        ) as made,
    ):
        yield made


def crowd(balancer: Loopback, *, clients: int, seconds: float) -> list[Request]:
    """So many clients at once without a pause; one that is refused comes back when it is told."""
    client = Client(balancer.settings.base_url, KEY, MODEL, tokens=12)
    found: list[Request] = []
    over = threading.Event()

    def insist() -> None:
        while not over.is_set():
            made = client.ask()
            found.append(made)
            if made.refused:
                over.wait(float(made.retry_after or 0))

    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(insist) for _ in range(clients)]
        over.wait(seconds)
        over.set()
        for one in running:
            one.result()
    client.close()
    return found


class full:
    """Every node at its limits: as many requests as the balancer admits, until the end."""

    def __init__(self, balancer: Loopback) -> None:
        self.balancer = balancer
        self.client = openai.OpenAI(
            base_url=balancer.settings.base_url, api_key=KEY, max_retries=0, timeout=60
        )

    def __enter__(self) -> None:
        self.streams = [
            self.client.chat.completions.create(
                model=MODEL,
                messages=[{"role": "user", "content": "a"}],
                max_tokens=2000,
                stream=True,
            )
            for _ in range(NODES * SLOTS)
        ]
        # who waits for a slot has no headers yet
        self.pool = ThreadPoolExecutor(NODES * QUEUE)
        self.waiting = [self.pool.submit(self._wait) for _ in range(NODES * QUEUE)]
        await_that(lambda: self._under_way() == LIMIT, seconds=10, what="full")

    def __exit__(self, *ended: object) -> None:
        for stream in self.streams:
            stream.close()
        for one in self.waiting:
            one.result()
        self.pool.shutdown()
        self.client.close()

    def _wait(self) -> None:
        self.client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "a"}], max_tokens=2
        )

    def _under_way(self) -> int:
        nodes = json.loads(self.balancer.rotate("show"))["nodes"].values()
        return sum(int(node["in_flight"]) for node in nodes)


def logged(balancer: Loopback, request: str, *, lines: int) -> list[str]:
    """The log's lines of a request, or of any that was refused; they come a moment later."""
    found: list[str] = []

    def there() -> bool:
        every = balancer.log.read_text().splitlines() if balancer.log.exists() else []
        wanted = f'"{request}"' if request else '"status":503'
        found[:] = [line for line in every if wanted in line]
        return len(found) >= lines

    await_that(there, seconds=15, what="the log", told=lambda: found)
    return found

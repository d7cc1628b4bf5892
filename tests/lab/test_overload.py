"""More than the nodes can take: who is admitted is served as fast as ever, the others are told.

A real nginx with the role's configuration; the engines are stand-ins of a fixed speed.
"""

import json
import logging
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openai
import pytest
from loopback import KEY, MODEL, Loopback, NoNginxError, nginx_program
from pacing import REFUSED, Client, Request, await_that, percentile
from stub_engine import Stub

pytestmark = pytest.mark.slow

SLOTS, QUEUE, NODES = 4, 2, 2
LIMIT = NODES * (SLOTS + QUEUE)
"""Requests that the balancer admits at the same time."""
SECONDS = 12.0
ENGINE = {"slots": SLOTS, "speed": 25.0, "prefill": 0.2}


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return nginx_program(tmp_path_factory.mktemp("nginx"))
    except NoNginxError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def balancer(nginx: str, tmp_path: Path) -> Iterator[Loopback]:
    with (
        Stub(**ENGINE) as one,
        Stub(**ENGINE) as two,
        Loopback(
            tmp_path, nginx=nginx, engines=(one, two), slots=SLOTS, queue_per_node=QUEUE
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


def first_token(requests: list[Request], share: float) -> float:
    return percentile([one.to_first for one in requests if one.to_first is not None], share)


def test_four_times_the_limits_slow_nobody_who_is_admitted(balancer: Loopback) -> None:
    once = crowd(balancer, clients=LIMIT, seconds=SECONDS)
    crowd(balancer, clients=4 * LIMIT, seconds=4)
    before = balancer.rss_kib()
    four = crowd(balancer, clients=4 * LIMIT, seconds=SECONDS)
    after = balancer.rss_kib()
    p95 = (first_token(once, 0.95), first_token(four, 0.95))
    admitted = [one for one in four if not one.refused]
    refused = [one for one in four if one.refused]
    print(
        f"\n1x: {len(once)} requests, first token p50 {first_token(once, 0.5):.2f} s, "
        f"p95 {p95[0]:.2f} s; 4x: {len(admitted)} admitted, {len(refused)} refused, "
        f"p50 {first_token(four, 0.5):.2f} s, p95 {p95[1]:.2f} s, ratio {p95[1] / p95[0]:.2f}; "
        f"nginx {before} -> {after} KiB"
    )
    assert [one for one in once if one.lost] == []
    assert [one for one in admitted if one.lost] == []
    assert len(refused) > 20
    assert all(one.retry_after is not None and int(one.retry_after) > 0 for one in refused)
    assert p95[1] <= 1.2 * p95[0]
    assert after <= before * 1.05 + 512, "nginx's memory grows"


def test_a_refusal_is_one_that_libraries_understand(balancer: Loopback) -> None:
    with full(balancer):
        client = openai.OpenAI(base_url=balancer.settings.base_url, api_key=KEY, max_retries=0)
        with client, pytest.raises(openai.APIStatusError) as said:
            client.chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "a"}], max_tokens=2
            )
    assert said.value.status_code in REFUSED
    assert said.value.response.headers["Content-Type"] == "application/json"
    error = json.loads(said.value.response.content)["error"]
    assert {"message", "type", "param", "code"} == set(error)


def test_the_library_itself_waits_as_long_as_it_is_told(
    balancer: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    """Two retries are its own default: three requests, and Retry-After between them."""
    patient = Client(balancer.settings.base_url, KEY, MODEL, tokens=2, max_retries=2)
    with full(balancer), caplog.at_level(logging.INFO, logger="openai"):
        made = patient.ask()
    obeyed(balancer, made, caplog, status=503)
    patient.close()


def test_a_client_at_its_own_limit_is_told_429_and_waits(
    nginx: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Stub(**ENGINE) as one,
        Loopback(tmp_path, nginx=nginx, engines=[one], slots=SLOTS, client_requests=1) as balancer,
    ):
        patient = Client(balancer.settings.base_url, KEY, MODEL, tokens=2, max_retries=2)
        stream = patient.sdk.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "a"}],
            max_tokens=2000,
            stream=True,
        )
        with caplog.at_level(logging.INFO, logger="openai"):
            made = patient.ask()
        stream.close()
        obeyed(balancer, made, caplog, status=429)
        patient.close()


def obeyed(
    balancer: Loopback, made: Request, caplog: pytest.LogCaptureFixture, *, status: int
) -> None:
    """Refused three times, with whole seconds between: the library's own pauses are shorter."""
    assert made.status == status
    lines = [json.loads(line) for line in logged(balancer, made.id, lines=3)]
    assert [line["status"] for line in lines] == [status] * 3
    said = (re.search(r"Retrying request.* in ([\d.]+) seconds", one) for one in caplog.messages)
    waits = [float(found[1]) for found in said if found is not None]
    print(f"\n{len(lines)} requests, {waits} s between them")
    assert len(waits) == 2
    assert all(wait >= 1 and wait == round(wait) for wait in waits)


def test_the_library_gets_its_answer_when_there_is_room_again(balancer: Loopback) -> None:
    patient = Client(balancer.settings.base_url, KEY, MODEL, tokens=2, max_retries=2)
    with ThreadPoolExecutor(1) as pool:
        with full(balancer):
            asking = pool.submit(patient.ask)
            logged(balancer, "", lines=1)
        made = asking.result()
    assert not made.lost, made
    patient.close()


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

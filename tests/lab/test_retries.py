"""What the `openai` library does of its own accord when it is told to come again."""

import json
import logging
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from crowd import ENGINE, SLOTS, full, logged, two_nodes
from loopback import KEY, MODEL, Loopback, NoNginxError, nginx_program
from pacing import Client, Request
from stub_engine import Stub

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> str:
    try:
        return nginx_program(tmp_path_factory.mktemp("nginx"))
    except NoNginxError as problem:
        pytest.skip(str(problem))


@pytest.fixture
def balancer(nginx: str, tmp_path: Path) -> Iterator[Loopback]:
    with two_nodes(tmp_path, nginx=nginx) as made:
        yield made


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

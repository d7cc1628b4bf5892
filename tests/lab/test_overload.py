"""More than the nodes can take: who is admitted is served as fast as ever, the others are told.

A real nginx with the role's configuration; the engines are stand-ins of a fixed speed.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest
from crowd import LIMIT, crowd, full, two_nodes
from loopback import KEY, MODEL, Loopback, NoNginxError, nginx_program
from pacing import REFUSED, Request, percentile

pytestmark = pytest.mark.slow

SECONDS = 12.0


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

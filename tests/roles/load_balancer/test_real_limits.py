"""Limits and prompt versions in a real nginx."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from real_balancer import CHAT, Balancer

pytestmark = pytest.mark.slow
Balancing = Callable[..., AbstractContextManager[Balancer]]


def refused(answer: tuple[int, dict[str, str], str]) -> bool:
    status, headers, body = answer
    if status == 200:
        return False
    error = json.loads(body)["error"]
    assert (status, error["type"], error["code"]) == (
        429, "rate_limit_error", "rate_limit_exceeded"
    )  # fmt: skip
    assert int(headers["Retry-After"]) in (1, 2, 3)
    return True


@pytest.mark.parametrize("limit", ["client_requests", "total_requests"])
def test_a_client_has_only_so_many_requests_under_way(balancing: Balancing, limit: str) -> None:
    with balancing(models=["small"], **{limit: 2}) as balancer, ThreadPoolExecutor(4) as pool:
        engine = balancer.engines[0]
        engine.may_answer.clear()
        asking = [pool.submit(balancer.ask, CHAT, body={}) for _ in range(2)]
        deadline = time.monotonic() + 20
        while len(engine.asked) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert refused(balancer.ask(CHAT, body={}))
        engine.may_answer.set()
        assert [one.result()[0] for one in asking] == [200, 200]
        assert balancer.ask(CHAT, body={})[0] == 200


def test_a_client_begins_only_so_many_requests(balancing: Balancing) -> None:
    with balancing(models=["small"], client_rate=1 / 60, client_burst=2) as balancer:
        found = [refused(balancer.ask(CHAT, body={})) for _ in range(5)]
        assert found == [False, False, False, True, True]
        assert len(balancer.engines[0].asked) == 3
        assert balancer.ask(CHAT, key=None, body={})[0] == 401


def test_a_full_pool_refuses_at_once_and_no_node_is_taken_for_failed(balancing: Balancing) -> None:
    with (
        balancing(models=["small", "small"], queue_per_node=0, fail_seconds=60) as balancer,
        ThreadPoolExecutor(16) as pool,
    ):
        for engine in balancer.engines:
            engine.may_answer.clear()
        found = [pool.submit(balancer.ask, CHAT, body={}) for _ in range(16)]
        deadline = time.monotonic() + 20
        while sum(one.done() for one in found) < 8:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        over = [one.result() for one in found if one.done()]
        assert {(status, json.loads(body)["error"]["code"]) for status, _, body in over} == {
            (503, "unavailable")
        }
        assert all(int(headers["Retry-After"]) in (1, 2, 3) for _, headers, _ in over)
        for engine in balancer.engines:
            engine.may_answer.set()
        assert sorted(one.result()[0] for one in found) == [200] * 8 + [503] * 8
        assert [len(engine.asked) for engine in balancer.engines] == [4, 4]
        assert {balancer.ask(CHAT, body={})[0] for _ in range(4)} == {200}


def test_the_version_of_a_prompt_is_asked_for(balancing: Balancing) -> None:
    with balancing(prompt_version_required=["/v1/completions", "org/big.v2"]) as balancer:
        status, _, body = balancer.ask("/v1/completions", body={}, X_Model="small")
        assert (status, json.loads(body)["error"]["code"]) == (400, "prompt_version_required")
        assert balancer.ask("/m/small/v1/completions?x=1", body={})[0] == 400
        assert balancer.ask(CHAT, body={}, X_Model="org/big.v2")[0] == 400
        assert balancer.ask(CHAT, body={}, X_Model="small")[0] == 200
        for model in ("small", "org/big.v2"):
            said = balancer.ask(
                "/v1/completions", body={}, X_Model=model, X_Prompt_Version="v7"
            )  # fmt: skip
            assert said[0] == 200
        assert balancer.ask("/v1/models")[0] == 200


def test_every_prompt_needs_its_version_where_that_is_said(balancing: Balancing) -> None:
    with balancing(models=["small"], prompt_version_required=True) as balancer:
        assert balancer.ask(CHAT, body={})[0] == 400
        assert balancer.ask(CHAT, body={}, X_Prompt_Version="v7")[0] == 200
        assert balancer.ask(CHAT, key=None, body={})[0] == 401

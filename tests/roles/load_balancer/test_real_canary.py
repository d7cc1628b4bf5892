"""Canaries, spares and swaps in a real nginx."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from real_balancer import CHAT, Balancer

pytestmark = pytest.mark.slow
Balancing = Callable[..., AbstractContextManager[Balancer]]
BY = ["--by", "mara@laptop"]


def nodes(balancer: Balancer, *sessions: str, path: str = CHAT) -> list[str]:
    """Which node answers each session."""

    def one(session: str) -> str:
        status, headers, _ = balancer.ask(
            path, body={}, X_Model="small", X_Session_Id=session, X_Prompt_Version="v1"
        )
        assert status == 200
        return headers["X-Upstream"]

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, sessions))


def test_a_canary_gets_its_share_and_each_session_stays_where_it_is(balancer: Balancer) -> None:
    balancer.rotate("canary", "set", "gpu-2", "--share", "25", *BY)
    sessions = [f"s-{number}" for number in range(120)]
    first = nodes(balancer, *sessions)
    assert 15 <= first.count("gpu-2") <= 45
    assert nodes(balancer, *sessions[:40]) == first[:40]
    line = balancer.logged(lines=160)
    wanted = "canary" if line["upstream"] == "gpu-2" else "main"
    assert (line["canary"], line["model_revision"]) == (wanted, "0123456789ab")
    balancer.rotate("canary", "promote", "gpu-2", *BY)
    assert Counter(nodes(balancer, *sessions[:40]))["gpu-2"] >= 10


def test_a_canary_gets_some_endpoints_alone(balancer: Balancer) -> None:
    balancer.rotate("canary", "set", "gpu-2", "--share", "100", "--endpoint", "/v1/embeddings", *BY)
    for path in ("/v1/embeddings", "/v1/embeddings?x=1", "/m/small/v1/embeddings"):
        assert nodes(balancer, "a", "b", "c", path=path) == ["gpu-2"] * 3
    assert nodes(balancer, "a", "b", "c") == ["gpu-1"] * 3


def test_without_its_canary_the_others_serve_its_share(balancer: Balancer) -> None:
    balancer.rotate("canary", "set", "gpu-2", "--share", "100", *BY)
    assert nodes(balancer, "a") == ["gpu-2"]
    balancer.engines[1].shutdown()
    balancer.engines[1].server_close()
    assert nodes(balancer, "a", "b", "c", "d") == ["gpu-1"] * 4
    balancer.rotate("canary", "abort", "gpu-2", "--reason", "it is dead", *BY)
    assert nodes(balancer, "a", "b") == ["gpu-1"] * 2


def test_a_spare_serves_when_the_others_are_gone_or_takes_a_place(balancing: Balancing) -> None:
    given = {"models": ["small"] * 3, "spares": ("gpu-3",), "fail_seconds": 1}
    with balancing(**given) as balancer:
        assert set(nodes(balancer, *"abcdefgh")) == {"gpu-1", "gpu-2"}
        balancer.rotate("swap", "gpu-1", "gpu-3", *BY)
        assert set(nodes(balancer, *"abcdefgh")) == {"gpu-2", "gpu-3"}
        balancer.rotate("unswap", "gpu-1")
        for engine in balancer.engines[:2]:
            engine.shutdown()
            engine.server_close()
        end = time.monotonic() + 3
        while time.monotonic() < end:  # the dead ones are tried again, and cost no request
            assert set(nodes(balancer, *"abcd")) == {"gpu-3"}

"""What clients are told when nobody can answer, and rules that no spelling of a path escapes."""

import json
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest
from real_balancer import CHAT, Balancer

pytestmark = pytest.mark.slow
Balancing = Callable[..., AbstractContextManager[Balancer]]


def test_one_that_loads_and_one_that_is_gone_are_told_as_any_overload(
    balancing: Balancing,
) -> None:
    with balancing(models=["small"] * 2, max_fails=1000) as balancer:
        balancer.engines[0].loading = True
        balancer.engines[1].shutdown()
        balancer.engines[1].server_close()
        for _ in range(8):
            status, headers, body = balancer.ask(CHAT, body={})
            assert (status, headers.get("Retry-After") in ("1", "2", "3")) == (503, True)
            assert "error" in json.loads(body)


@pytest.mark.parametrize(
    "path",
    ["/v1/completions", "/v1/completion%73", "/m/small/v1/./completions", "//v1/completions"],
)
def test_a_version_is_asked_for_however_the_path_is_written(
    balancing: Balancing, path: str
) -> None:
    with balancing(models=["small"], prompt_version_required=["/v1/completions"]) as balancer:
        status, _, body = balancer.ask(path, body={})
        assert (status, json.loads(body)["error"]["code"]) == (400, "prompt_version_required")


def test_where_nobody_but_a_spare_is_left_it_serves(balancing: Balancing) -> None:
    with balancing(models=["small"], spares=("gpu-1",)) as balancer:
        assert balancer.ask(CHAT, body={})[1]["X-Upstream"] == "gpu-1"


@pytest.mark.parametrize("name", ["default", "include", "hostnames", "volatile"])
def test_a_client_may_have_a_name_that_means_something_to_nginx(
    balancing: Balancing, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    key = tmp_path_factory.mktemp("keys") / "key"
    key.write_text("sk-AbC.d+ef_0123456789")
    key.chmod(0o600)
    given = {"api_keys": {name: f"file:{key}"}, "client_requests": 1, "total_requests": 5}
    with balancing(models=["small"], **given) as balancer:
        assert balancer.ask(CHAT, body={})[0] == 200


def test_what_a_node_that_vanished_never_began_is_refused_as_any_overload(
    balancing: Balancing,
) -> None:
    with balancing(models=["small"], connect_seconds=1) as balancer, ExitStack() as full:
        [engine] = balancer.engines
        engine.shutdown()
        engine.server_close()
        nobody = full.enter_context(socket.socket())
        nobody.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        nobody.bind(engine.server_address)
        nobody.listen(0)
        for _ in range(4):  # what comes when its queue is full, it does not hear
            one = full.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(engine.server_address)
        status, headers, body = balancer.ask(CHAT, body={})
        assert (status, headers.get("Retry-After") in ("1", "2", "3")) == (503, True)
        assert json.loads(body)["error"]["code"] == "unavailable"


def test_a_request_that_was_begun_and_not_answered_is_no_refusal(balancing: Balancing) -> None:
    with balancing(models=["small"], read_seconds=1) as balancer:
        balancer.engines[0].may_answer.clear()
        status, headers, body = balancer.ask(CHAT, body={})
        assert (status, json.loads(body)["error"]["code"]) == (504, "timeout")
        assert "Retry-After" not in headers
        balancer.engines[0].may_answer.set()

"""The rendered configuration in a real nginx, in front of engines that are stand-ins."""

import json
import subprocess
import threading
import time
import urllib.error
from concurrent.futures import ThreadPoolExecutor

import pytest
from real_balancer import CHAT, KEY, Balancer

from roles.load_balancer import closing, configuration

pytestmark = pytest.mark.slow

BY = ["--owner", "operator", "--reason", "a test", "--by", "mara@laptop"]


@pytest.mark.parametrize("key", [None, "wrong-key-0123456789", KEY.upper(), f"{KEY}x"])
def test_without_the_right_key_nothing_passes(balancer: Balancer, key: str | None) -> None:
    status, headers, body = balancer.ask(CHAT, key=key, body={"model": "small"})
    assert status == 401
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["error"]["code"] == "invalid_api_key"
    assert not any(engine.asked for engine in balancer.engines)


def test_only_the_api_is_there(balancer: Balancer) -> None:
    assert balancer.ask("/health", key=None)[0] == 200
    for path in ("/metrics", "/invocations", "/v1/../metrics", "/v1/%2e%2e/metrics"):
        assert balancer.ask(path, body={})[0] == 404, path
    assert not any(engine.asked for engine in balancer.engines)


def test_a_model_is_named_by_header_or_path(balancer: Balancer) -> None:
    assert balancer.ask(CHAT, body={}, X_Model="org/big.v2")[1]["X-Upstream"] == "gpu-3"
    assert balancer.ask(f"/m/org/big.v2{CHAT}", body={})[1]["X-Upstream"] == "gpu-3"
    assert {path for path, _ in balancer.engines[2].asked} == {CHAT}
    for wrong in ({}, {"X_Model": "org/bigxv2"}):
        status, _, body = balancer.ask(CHAT, body={}, **wrong)
        assert (status, json.loads(body)["error"]["code"]) == (404, "model_not_found")


def test_the_balancer_lists_the_models_itself(balancer: Balancer) -> None:
    listed = json.loads(balancer.ask("/v1/models")[2])["data"]
    assert [model["id"] for model in listed] == ["small", "org/big.v2"]


def test_a_call_leaves_its_traces_and_the_key_goes_no_further(balancer: Balancer) -> None:
    body = {"messages": [{"content": 'say "model": "evil"'}], "model": "org/big.v2"}
    _, headers, _ = balancer.ask(
        CHAT, body=body, X_Model="org/big.v2", X_Request_Id="abc-1", X_Prompt_Version='v7"'
    )
    [(_, passed)] = balancer.engines[2].asked
    assert "Authorization" not in passed
    assert passed["X-Request-Id"] == headers["X-Request-Id"] == "abc-1"
    line = balancer.logged()
    assert {name for name, _ in configuration.FIELDS} == set(line)
    assert line["client"] == "team-a"
    assert line["model"] == "org/big.v2"
    assert line["prompt_version"] == 'v7"'
    assert (line["upstream"], line["status"]) == ("gpu-3", 200)


def test_a_large_request_passes_and_its_model_is_known(balancer: Balancer) -> None:
    body = {"pad": "x" * 3_000_000, "model": "small"}
    assert balancer.ask(CHAT, body=body, X_Model="small")[0] == 200
    assert balancer.logged()["model"] == "small"


def test_a_request_that_is_too_large_is_told(balancer: Balancer) -> None:
    body = {"pad": "x" * (17 * 1024 * 1024)}
    try:
        status, _, said = balancer.ask(CHAT, body=body, X_Model="small")
    except urllib.error.URLError:
        return  # it closed while we were still sending
    assert (status, json.loads(said)["error"]["code"]) == (413, "request_too_large")


def test_many_streams_reach_both_nodes_and_none_is_lost(balancer: Balancer) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: closing.last_words(balancer.settings), range(60)))
    assert [one.text for one in found if not one.ok] == []
    assert found[0].text.startswith('"Paris." from gpu-')
    assert all(len(engine.asked) >= 10 for engine in balancer.engines[:2])


def test_a_node_that_is_loading_costs_no_request(balancer: Balancer) -> None:
    balancer.engines[0].loading = True
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: closing.last_words(balancer.settings), range(60)))
    assert [one.text for one in found if not one.ok] == []
    assert len(balancer.engines[1].asked) == 60


def test_a_node_that_is_gone_costs_no_request(balancer: Balancer) -> None:
    balancer.engines[0].shutdown()
    balancer.engines[0].server_close()
    found = [closing.last_words(balancer.settings) for _ in range(10)]
    assert [one.text for one in found if not one.ok] == []


def test_when_no_node_can_answer_clients_are_told_to_try_again(balancer: Balancer) -> None:
    for engine in balancer.engines[:2]:
        engine.loading = True
    status, headers, _ = balancer.ask(CHAT, body={}, X_Model="small")
    assert (status, headers["Retry-After"] in ("1", "2", "3")) == (503, True)
    for engine in balancer.engines[:2]:
        engine.shutdown()
        engine.server_close()
    status, headers, body = balancer.ask(CHAT, body={}, X_Model="small")
    assert (status, headers["Retry-After"] in ("1", "2", "3")) == (503, True)
    assert json.loads(body)["error"]["code"] == "unavailable"


def test_nodes_go_out_and_in_under_load_and_nothing_is_lost(balancer: Balancer) -> None:
    stop = threading.Event()
    found: list[closing.LastWords] = []

    def client() -> None:
        while not stop.is_set():
            found.append(closing.last_words(balancer.settings))

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(client) for _ in range(4)]
        for held in (0, 1) * 3:
            node = f"gpu-{held + 1}"
            assert balancer.rotate("hold", node, *BY, "--keep", "1")[node].state == "draining"
            balancer.rotate("settle", node, "--seconds", "10")
            before = len(balancer.engines[held].asked)
            others = len(balancer.engines[1 - held].asked)
            deadline = time.monotonic() + 10
            while len(balancer.engines[1 - held].asked) < others + 5:
                assert time.monotonic() < deadline
            assert len(balancer.engines[held].asked) == before, f"{node} was asked while held"
            assert balancer.rotate("show")[node].state == "out"
            assert balancer.rotate("lift", node, "--owner", "operator")[node].state == "in"
        stop.set()
        [one.result() for one in clients]
    assert [one.text for one in found if not one.ok] == []


def test_a_hold_that_was_written_and_not_taken_up_is_taken_up_before_settling(
    balancer: Balancer,
) -> None:
    """A run was killed between writing the state and the reload."""
    state = balancer.log.parent / "state.json"
    hold = {"owner": "deploy", "reason": "r", "by": "b", "since": "s"}
    busy = balancer.engines[2]
    busy.may_answer.clear()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(balancer.ask, CHAT, body={}, X_Model="org/big.v2")
        deadline = time.monotonic() + 10
        while not busy.asked:
            assert time.monotonic() < deadline
        state.write_text(json.dumps({"nodes": {"gpu-3": {"state": "draining", "holds": [hold]}}}))
        with pytest.raises(subprocess.CalledProcessError):
            balancer.rotate("verify")
        balancer.rotate("settle", "gpu-3", "--seconds", "0")
        assert balancer.rotate("show")["gpu-3"].state == "draining"
        assert balancer.ask(CHAT, body={}, X_Model="org/big.v2")[0] == 503
        busy.may_answer.set()
        assert asking.result()[0] == 200


def test_a_hold_that_nginx_does_not_take_is_told_and_nothing_is_held(balancer: Balancer) -> None:
    keys_file = balancer.log.parent / "keys.conf"
    good = keys_file.read_text()
    keys_file.write_text("nonsense")
    with pytest.raises(subprocess.CalledProcessError) as failed:
        balancer.rotate("hold", "gpu-1", *BY)
    assert "the last good one stays" in failed.value.stderr
    keys_file.write_text(good)
    assert balancer.rotate("show", "--probe")["gpu-1"].state == "in"


def test_a_pool_that_is_held_as_a_whole_says_try_again(balancer: Balancer) -> None:
    for node in ("gpu-1", "gpu-2"):
        balancer.rotate("hold", node, *BY)
    assert balancer.ask(CHAT, body={}, X_Model="small")[0] == 503
    assert balancer.ask(CHAT, body={}, X_Model="org/big.v2")[0] == 200

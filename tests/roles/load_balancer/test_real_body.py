"""Routing by the model that a body names, by njs in a real nginx."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from real_balancer import CHAT, Balancer

from roles.load_balancer import body

pytestmark = pytest.mark.slow
Balancing = Callable[..., AbstractContextManager[Balancer]]


@pytest.fixture(scope="module")
def njs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the distribution's package of njs puts into nginx.conf."""
    folder = tmp_path_factory.mktemp("njs")
    try:
        subprocess.run(["apt-get", "-q", "download", body.PACKAGE], cwd=folder, check=True)
        [package] = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    except (OSError, subprocess.CalledProcessError, ValueError):
        pytest.skip("njs is not to be had from apt")
    return f"load_module {folder}/usr/lib/nginx/modules/ngx_http_js_module.so;"


@pytest.fixture
def by_body(balancing: Balancing, njs: str, tmp_path: Path) -> Iterator[Balancer]:
    with balancing(route_by_body=True, modules=njs, client_requests=50) as found:
        yield found


def test_the_model_that_the_body_names_answers(by_body: Balancer) -> None:
    for model, nodes in (("small", {"gpu-1", "gpu-2"}), ("org/big.v2", {"gpu-3"})):
        hidden = {"messages": [{"content": '"model": "small"'}], "metadata": {"model": "small"}}
        status, headers, said = by_body.ask(CHAT, body={**hidden, "model": model})
        assert (status, headers["X-Upstream"] in nodes) == (200, True)
        assert json.loads(said) == {"model": model}


def test_header_and_path_come_first(by_body: Balancer) -> None:
    assert by_body.ask(CHAT, body={"model": "small"}, X_Model="org/big.v2")[1]["X-Upstream"] == (
        "gpu-3"
    )
    assert by_body.ask(f"/m/org/big.v2{CHAT}", body={"model": "x"})[1]["X-Upstream"] == "gpu-3"
    assert {path for path, _ in by_body.engines[2].asked} == {CHAT}


@pytest.mark.parametrize("given", [{"model": "other"}, {"model": 5}, {}, ["model"], "text"])
def test_a_model_that_nobody_serves_is_told(by_body: Balancer, given: object) -> None:
    status, _, said = by_body.ask(CHAT, body=given)
    assert (status, json.loads(said)["error"]["code"]) == (404, "model_not_found")
    assert not any(engine.asked for engine in by_body.engines)


def test_keys_and_large_bodies_and_loading_nodes_are_as_without_it(by_body: Balancer) -> None:
    assert by_body.ask(CHAT, key=None, body={"model": "small"})[0] == 401
    by_body.engines[0].loading = True
    large = {"pad": "x" * 3_000_000, "model": "small"}
    assert [by_body.ask(CHAT, body=large)[1]["X-Upstream"] for _ in range(3)] == ["gpu-2"] * 3
    assert by_body.logged(lines=4)["model"] == "small"

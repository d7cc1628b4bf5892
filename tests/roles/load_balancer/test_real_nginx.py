"""The rendered configuration in a real nginx, in front of engines that are stand-ins."""

import http.server
import json
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra import rotation
from roles.load_balancer import closing, configuration, keys, program, upstream
from roles.load_balancer.program.members import UPSTREAMS
from roles.load_balancer.settings import LoadBalancerSettings, Target

pytestmark = pytest.mark.slow

KEY = "sk-AbC.d+ef_0123456789"
EVENTS = [{"choices": [{"delta": {"content": word}}]} for word in ("Par", "is", ".")]


class Engine(http.server.ThreadingHTTPServer):
    """Closes the connection after each streamed answer though it announced to keep it."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.loading = False
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked: list[tuple[str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Engine

    def log_message(self, format: str, *args: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.may_answer.wait(20)
        if self.server.loading:
            self._whole(503, {"error": "Loading model"})
        elif body.get("stream"):
            self._stream()
        else:
            self._whole(200, {"model": body.get("model")})

    def _whole(self, status: int, said: object) -> None:
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("Keep-Alive", "timeout=5, max=100")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for line in (*(f"data: {json.dumps(one)}\n\n" for one in EVENTS), "data: [DONE]\n\n"):
            self.wfile.write(f"{len(line):x}\r\n{line}\r\n".encode())
        self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True


@dataclass(frozen=True)
class Balancer:
    settings: LoadBalancerSettings
    engines: tuple[Engine, ...]
    log: Path

    def rotate(self, *words: str) -> dict[str, rotation.Rotated]:
        folder = self.log.parent
        command = [sys.executable, "-IS", str(folder / "infra-rotation")]
        given = ["--members", str(folder / "members.json"), *words]
        done = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
        return rotation.parse(done.stdout) if words[0] != "settle" else {}

    def ask(
        self, path: str, *, key: str | None = KEY, body: object = None, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            given["Authorization"] = f"Bearer {key}"
        url = self.settings.base_url.removesuffix("/v1") + path
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, headers=given)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=20) as said:
                return said.status, dict(said.headers), said.read().decode()
        except urllib.error.HTTPError as said:
            with said:
                return said.code, dict(said.headers), said.read().decode()

    def logged(self) -> dict[str, object]:
        """The last line; nginx writes it after the client has its answer."""
        deadline = time.monotonic() + 5
        while not self.log.read_text().endswith("\n") and time.monotonic() < deadline:
            pass
        return dict(json.loads(self.log.read_text().splitlines()[-1]))


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> str:
    """nginx's program: the machine's own, else the one in its distribution's package."""
    installed = shutil.which("nginx")
    if installed is not None:
        return installed
    folder = tmp_path_factory.mktemp("nginx")
    try:
        subprocess.run(["apt-get", "-q", "download", "nginx"], cwd=folder, check=True)
        [package] = folder.glob("*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    except (OSError, subprocess.CalledProcessError, ValueError):
        pytest.skip("no nginx here and none to be had from apt")
    return str(folder / "usr/sbin/nginx")


@pytest.fixture
def balancer(nginx: str, tmp_path: Path) -> Iterator[Balancer]:
    engines = (Engine(), Engine(), Engine())
    models = ("small", "small", "org/big.v2")
    targets = tuple(
        Target(
            node=f"gpu-{number}",
            address="127.0.0.1",
            port=engine.server_port,
            model=model,
            parallel=4,
            keepalive=False,
        )
        for number, (engine, model) in enumerate(zip(engines, models, strict=True), start=1)
    )
    ports = [Engine(), Engine()]
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o600)
    settings = LoadBalancerSettings(
        address="127.0.0.1",
        reached_at="127.0.0.1",
        port=ports[0].server_port,
        status_port=ports[1].server_port,
        api_keys={"team-a": f"file:{tmp_path / 'key'}"},
        targets=targets,
    )
    for taken in ports:
        taken.shutdown()
        taken.server_close()
    start = [nginx, "-c", _written(settings, tmp_path), "-e", str(tmp_path / "error.log")]
    _members(settings, tmp_path, test=[*start, "-t", "-q"])
    found = Balancer(settings, engines, tmp_path / "infra_access.log")
    found.rotate("apply")
    subprocess.run(start, check=True)
    yield found
    subprocess.run([*start, "-s", "stop"], check=True)
    for engine in engines:
        engine.shutdown()
        engine.server_close()


def _written(settings: LoadBalancerSettings, folder: Path) -> str:
    """The configuration, moved into a folder; nothing else about it is changed."""
    key_file = keys.text({"team-a": KEY})
    text = configuration.text(settings, key_file=key_file)
    moved = {
        keys.PATH: str(folder / "keys.conf"),
        UPSTREAMS: str(folder / "upstreams.conf"),
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/var/log/nginx": str(folder),
        "/etc/nginx/modules-enabled": str(folder / "none"),
        "/etc/nginx/conf.d": str(folder / "none"),
    }
    for old, new in moved.items():
        text = text.replace(old, new)
    kinds = {"client_body": "b", "proxy": "p", "fastcgi": "f", "uwsgi": "u", "scgi": "s"}
    temporary = "".join(f"{kind}_temp_path {folder / at};" for kind, at in kinds.items())
    (folder / "keys.conf").write_text(key_file)
    (folder / "nginx.conf").write_text(text.replace("http {", f"http {{ {temporary}", 1))
    return str(folder / "nginx.conf")


def _members(settings: LoadBalancerSettings, folder: Path, *, test: list[str]) -> None:
    said = json.loads(upstream.members_text(settings))
    places = {"upstreams": "upstreams.conf", "state": "state.json", "pid": "nginx.pid"}
    said |= {name: str(folder / at) for name, at in places.items()}
    (folder / "members.json").write_text(json.dumps({**said, "test": test}))
    (folder / "infra-rotation").write_text(program.text())


CHAT = "/v1/chat/completions"
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
    assert (status, headers["Retry-After"]) == (503, "2")
    for engine in balancer.engines[:2]:
        engine.shutdown()
        engine.server_close()
    status, headers, body = balancer.ask(CHAT, body={}, X_Model="small")
    assert (status, headers["Retry-After"]) == (503, "2")
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

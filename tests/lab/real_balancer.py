"""The rendered configuration in a real nginx, in front of engines that are stand-ins."""

import http.server
import json
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from loopback import free_ports

from infra import rotation
from roles.load_balancer import body, configuration, keys, program, upstream
from roles.load_balancer.program.members import UPSTREAMS
from roles.load_balancer.settings import LoadBalancerSettings, Target

KEY = "sk-AbC.d+ef_0123456789"
CHAT = "/v1/chat/completions"
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
    trust: ssl.SSLContext | None = None

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
        verifying = urllib.request.HTTPSHandler(context=self.trust)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), verifying)
        try:
            with opener.open(request, timeout=20) as said:
                return said.status, dict(said.headers), said.read().decode()
        except urllib.error.HTTPError as said:
            with said:
                return said.code, dict(said.headers), said.read().decode()

    def logged(self, *, lines: int = 1) -> dict[str, object]:
        """The last of so many lines; nginx writes them a moment after its answers."""
        deadline = time.monotonic() + 10
        while len(found := self.log.read_text().splitlines()) < lines:
            assert time.monotonic() < deadline, found
            time.sleep(0.05)
        return dict(json.loads(found[-1]))


@contextmanager
def running(
    nginx: str,
    folder: Path,
    *,
    models: Sequence[str] = ("small", "small", "org/big.v2"),
    spares: Sequence[str] = (),
    modules: str = "",
    **changes: object,
) -> Iterator[Balancer]:
    """A balancer and an engine a model: `gpu-1`, …; `modules` are further lines of nginx.conf."""
    engines = tuple(Engine() for _ in models)
    (folder / "key").write_text(KEY)
    (folder / "key").chmod(0o600)
    port, status = free_ports(2)
    given = {
        "address": "127.0.0.1",
        "reached_at": "127.0.0.1",
        "port": port,
        "status_port": status,
        "api_keys": {"team-a": f"file:{folder / 'key'}"},
        "targets": _targets(engines, models, spares),
    }
    settings = LoadBalancerSettings.model_validate({**given, **changes})
    start = [nginx, "-c", _written(settings, folder, modules), "-e", str(folder / "error.log")]
    _members(settings, folder, test=[*start, "-t", "-q"])
    found = Balancer(settings, engines, folder / "infra_access.log")
    found.rotate("apply")
    subprocess.run(start, check=True)
    yield found
    subprocess.run([*start, "-s", "stop"], check=True)
    for engine in engines:
        engine.shutdown()
        engine.server_close()


def _targets(
    engines: Sequence[Engine], models: Sequence[str], spares: Sequence[str]
) -> tuple[Target, ...]:
    return tuple(
        Target(
            node=f"gpu-{number}",
            address="127.0.0.1",
            port=engine.server_port,
            model=model,
            parallel=4,
            keepalive=False,
            revision="0123456789ab",
            spare=f"gpu-{number}" in spares,
        )
        for number, (engine, model) in enumerate(zip(engines, models, strict=True), start=1)
    )


def _written(settings: LoadBalancerSettings, folder: Path, modules: str) -> str:
    """The configuration, moved into a folder; nothing else about it is changed."""
    key_file = keys.text(keys.read(settings))
    text = configuration.text(settings, key_file=key_file)
    moved = {
        keys.PATH: str(folder / "keys.conf"),
        UPSTREAMS: str(folder / "upstreams.conf"),
        body.PATH: str(folder / "body.js"),
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/var/log/nginx": str(folder),
        "include /etc/nginx/modules-enabled/*.conf;": modules,
        "/etc/nginx/conf.d": str(folder / "none"),
        "/etc/nginx/": f"{folder}/",
    }
    for old, new in moved.items():
        text = text.replace(old, new)
    kinds = {"client_body": "b", "proxy": "p", "fastcgi": "f", "uwsgi": "u", "scgi": "s"}
    temporary = "".join(f"{kind}_temp_path {folder / at};" for kind, at in kinds.items())
    (folder / "keys.conf").write_text(key_file)
    (folder / "body.js").write_text(body.text())
    (folder / "nginx.conf").write_text(text.replace("http {", f"http {{ {temporary}", 1))
    return str(folder / "nginx.conf")


def _members(settings: LoadBalancerSettings, folder: Path, *, test: list[str]) -> None:
    said = json.loads(upstream.members_text(settings))
    places = {"upstreams": "upstreams.conf", "state": "state.json", "pid": "nginx.pid"}
    said |= {name: str(folder / at) for name, at in places.items()}
    (folder / "members.json").write_text(json.dumps({**said, "test": test}))
    (folder / "infra-rotation").write_text(program.text())

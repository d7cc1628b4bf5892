import http.server
import subprocess
import threading
from collections.abc import Iterator

import pytest

from roles.inference_engine import readiness
from roles.inference_engine.container import Container


class Engine(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return

    def do_GET(self) -> None:
        self._say(200 if self.path == "/health" else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._say(200 if b'"max_tokens": 1' in body and b"it's" in body else 400)

    def _say(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def sh(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, timeout=20)


def container(port: int) -> Container:
    return Container(image="x", args=(), publish=("127.0.0.1", port))


def test_an_engine_answers_when_it_is_healthy_and_completes(port: int) -> None:
    assert sh(readiness.answers(container(port), model="it's")).returncode == 0
    assert sh(readiness.answers(container(port), model="other")).returncode != 0


def test_waiting_ends_with_the_first_answer() -> None:
    assert sh(readiness.wait("true", seconds=5)).returncode == 0


def test_waiting_gives_up_with_a_sentence() -> None:
    found = sh(readiness.wait("false", seconds=0))
    assert found.returncode == 1
    assert "infra-engine.service does not answer after 0 s" in found.stderr

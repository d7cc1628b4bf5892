import http.server
import itertools
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from roles.load_balancer import closing
from roles.load_balancer.settings import LoadBalancerSettings, Target

KEY = "sk-0123456789abcdef"


def line(event: object) -> bytes:
    return b"data: " + json.dumps(event).encode() + b"\n"


def delta(text: str | None) -> bytes:
    return line({"choices": [{"delta": {"content": text}}]})


def test_pieces_come_in_their_order() -> None:
    bare = line({"choices": [{"delta": None}]})
    stream = [delta(None), b"\n", delta("Par"), b": ping\n", bare, delta("is"), b"data: [DONE]\n"]
    assert list(closing.answer(stream)) == ["Par", "is"]


def test_a_stream_that_ends_before_its_end_broke_off() -> None:
    with pytest.raises(ValueError, match="broke off"):
        list(closing.answer([delta("Par")]))


def test_what_a_model_thinks_first_is_an_answer_too() -> None:
    thoughts = [{"content": None, "reasoning_content": "Hm"}, {"reasoning": ", "}, {"content": "P"}]
    stream = [line({"choices": [{"delta": one}]}) for one in thoughts]
    assert list(closing.answer([*stream, b"data: [DONE]\n"])) == ["Hm", ", ", "P"]


def test_a_stream_that_never_ends_is_given_up() -> None:
    pings = itertools.repeat(b": ping\n")
    with pytest.raises(TimeoutError, match="did not end within 180 s"):
        list(closing.answer(closing.in_time(pings, started=time.monotonic() - 181)))


def test_an_error_in_the_stream_is_told() -> None:
    with pytest.raises(ValueError, match="out of memory"):
        list(closing.answer([line({"error": {"message": "out of memory"}})]))


@pytest.mark.parametrize("event", [1, "text", ["a"], None])
def test_what_is_no_event_is_told(event: object) -> None:
    with pytest.raises(ValueError, match="the engine said"):
        list(closing.answer([line(event)]))


class Balancer(http.server.BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = self.headers["Authorization"] == f"Bearer {KEY}" and body["stream"]
        self.send_response(200 if allowed else 401)
        self.send_header("X-Upstream", "gpu-2")
        self.end_headers()
        said = [delta("Paris"), delta(".\n"), b"data: [DONE]\n"] if allowed else [b"no key"]
        self.wfile.write(b"".join(said))


@pytest.fixture
def port() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), Balancer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def settings(port: int, key: str, folder: Path) -> LoadBalancerSettings:
    (folder / "key").write_text(key)
    (folder / "key").chmod(0o600)
    target = Target(
        node="gpu-2", address="127.0.0.1", port=1, model="m", parallel=1, keepalive=False
    )
    return LoadBalancerSettings(
        reached_at="127.0.0.1",
        port=port,
        api_keys={"lab": f"file:{folder / 'key'}"},
        targets=(target,),
    )


def test_the_last_words_are_an_answer_and_who_gave_it(port: int, tmp_path: Path) -> None:
    found = closing.last_words(settings(port, KEY, tmp_path))
    assert found.ok
    start = f'"Paris." from gpu-2 through http://127.0.0.1:{port}/v1 (first token 0.'
    assert found.text.startswith(start)
    assert found.seconds > 0


def test_a_refusal_is_told(port: int, tmp_path: Path) -> None:
    found = closing.last_words(settings(port, "sk-another-key-0123", tmp_path))
    assert not found.ok
    assert "status 401: no key" in found.text


def test_a_balancer_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = closing.last_words(settings(1, KEY, tmp_path))
    assert not found.ok
    assert "no answer through http://127.0.0.1:1/v1: " in found.text


def test_a_key_that_is_not_there_is_told(port: int, tmp_path: Path) -> None:
    lost = settings(port, KEY, tmp_path).model_copy(
        update={"api_keys": {"lab": ("file:/nowhere",)}}
    )
    assert "/nowhere" in closing.last_words(lost).text

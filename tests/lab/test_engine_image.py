"""The engine's image, unpacked and run as Docker would run it, on its real model; no lab host."""

import http.client
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from infra.lab import engine_image, files, oci, place
from infra.lab.unpacked import unpacked

_ROOT = """
zstd -qdc "$1" | tar -xf - -C "$2"
mkdir -p "$2/proc" "$2/dev" "$2/models"
chmod 755 "$2"
mount -t proc proc "$2/proc"
mount --rbind /dev "$2/dev"
mount --bind "$3" "$2/models"
shift 3
exec "$@"
"""
_INSIDE = ("unshare", "--mount", "sh", "-ec", _ROOT, "sh")


def say(line: str) -> None:
    """Nobody listens."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def engine() -> Iterator[int]:
    """The image's server on its real model as an unprivileged user; gives its port."""
    files.ensure(say)
    layout = engine_image.prepare(say)
    document = json.loads(oci.blob(layout, digest=oci.manifest_of(layout)["digest"]).read_text())
    layer = str(oci.blob(layout, digest=document["layers"][0]["digest"]))
    port = free_port()
    with tempfile.TemporaryDirectory() as root:
        child = subprocess.Popen(
            [*_INSIDE, layer, root, str(place.WWW / "models"), *_command(root, port)],
            env=_environment(layout, document),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _await_ready(port, child)
            yield port
        finally:
            child.terminate()
            child.wait(timeout=30)


def _command(root: str, port: int) -> list[str]:
    (model,) = files.declared()
    user = ["chroot", "--userspec=65534:65534", root, "/app/llama-server"]
    return [*user, "--model", f"/models/{model.name}", "--port", str(port), "-c", "512", "-np", "1"]


def _environment(layout: Path, document: dict[str, Any]) -> dict[str, str]:
    config = json.loads(oci.blob(layout, digest=document["config"]["digest"]).read_text())
    said: dict[str, str] = dict(line.split("=", 1) for line in config["config"]["Env"])
    tools = unpacked("zstd") / "usr/bin"
    return {**said, "LLAMA_ARG_HOST": "127.0.0.1", "PATH": f"{said['PATH']}:{tools}"}


def _await_ready(port: int, child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert child.poll() is None, "the engine ended before it was ready"
        try:
            if ask(port, "/health")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise TimeoutError("the engine was not ready within a minute")


def ask(port: int, path: str, document: dict[str, Any] | None = None) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as client:
        if document is None:
            client.request("GET", path)
        else:
            kind = {"Content-Type": "application/json"}
            client.request("POST", path, body=json.dumps(document), headers=kind)
        answer = client.getresponse()
        return answer.status, answer.read().decode()


CHAT = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 8}


def test_the_engine_answers_a_chat(engine: int) -> None:
    status, text = ask(engine, "/v1/chat/completions", CHAT)
    assert status == 200
    assert json.loads(text)["choices"][0]["message"]["content"]


def test_the_engine_streams_a_chat_to_its_end(engine: int) -> None:
    status, text = ask(engine, "/v1/chat/completions", {**CHAT, "stream": True})
    assert status == 200
    assert text.count("data: ") > 4
    assert text.rstrip().endswith("data: [DONE]")

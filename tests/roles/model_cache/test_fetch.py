"""The program that puts a file into the store, run for real against a server of our own."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra import templates

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("curl") is None, reason="needs root and curl"
)
CONTENT = bytes(range(256)) * 4096
SHA = hashlib.sha256(CONTENT).hexdigest()


class Source(ThreadingHTTPServer):
    """Serves CONTENT; remembers what was asked; may not know ranges."""

    knows_ranges = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/model"


class Answer(BaseHTTPRequestHandler):
    server: Source

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append(asked)
        start = int(match.group(1)) if (match := re.match(r"bytes=(\d+)-", asked)) else 0
        start = start if self.server.knows_ranges else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}")
        self.send_header("Content-Length", str(len(CONTENT) - start))
        self.end_headers()
        self.wfile.write(CONTENT[start:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def source() -> Iterator[Source]:
    with Source() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Store:
    def __init__(self, root: Path) -> None:
        self.path = root / "store" / "m" / "v" / "model"
        self.proof = root / "verified" / "m" / "v"
        self.partial = root / "partial" / SHA
        self.partial.parent.mkdir()

    def fetch(
        self,
        source: str,
        sha256: str = SHA,
        reserve: int = 0,
        patience: int = 60,
        path: str = os.environ["PATH"],
    ) -> subprocess.CompletedProcess[str]:
        given = (source, sha256, self.path, self.proof, self.partial.parent, reserve, patience)
        return subprocess.run(
            ["sh", "-s", "--", *map(str, given)],
            input=templates.render("model_cache/fetch.sh.j2"),
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )

    def leftovers(self) -> list[str]:
        return [path.name for path in self.partial.parent.iterdir()]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_a_file_is_fetched_sealed_and_proven(store: Store, source: Source) -> None:
    done = store.fetch(source.url)
    assert (done.returncode, done.stderr) == (0, "")
    found = store.path.stat()
    assert store.path.read_bytes() == CONTENT
    assert (found.st_mode & 0o777, found.st_uid) == (0o444, 0)
    seconds, nanoseconds = divmod(found.st_mtime_ns, 10**9)
    identity = f"{SHA} {found.st_ino} {seconds}.{nanoseconds:09} {len(CONTENT)} "
    assert store.proof.read_text().startswith(identity)
    assert store.leftovers() == []


def test_a_broken_off_download_goes_on_where_it_stopped(store: Store, source: Source) -> None:
    store.partial.write_bytes(CONTENT[:1000])
    assert store.fetch(source.url).returncode == 0
    assert source.asked == ["bytes=1000-"]
    assert store.path.read_bytes() == CONTENT


def test_a_complete_download_is_not_asked_for_again(store: Store, source: Source) -> None:
    store.partial.write_bytes(CONTENT)
    assert store.fetch(source.url).returncode == 0
    assert source.asked == []


def test_a_server_without_ranges_is_asked_from_the_beginning(store: Store, source: Source) -> None:
    source.knows_ranges = False
    store.partial.write_bytes(CONTENT[:1000])
    assert store.fetch(source.url).returncode == 0
    assert store.path.read_bytes() == CONTENT


def test_a_file_longer_than_its_source_is_begun_again(store: Store, source: Source) -> None:
    store.partial.write_bytes(CONTENT + b"more")
    assert store.fetch(source.url).returncode == 0
    assert store.path.read_bytes() == CONTENT


def test_a_wrong_checksum_enters_nothing_and_leaves_nothing(store: Store, source: Source) -> None:
    done = store.fetch(source.url, sha256="0" * 64)
    assert done.returncode == 1
    assert f"has sha256 {SHA}, promised is {'0' * 64}" in done.stderr
    assert not store.path.exists() and store.leftovers() == []


def test_a_file_in_place_is_adopted_without_a_download(store: Store, source: Source) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(CONTENT)
    assert store.fetch(source.url).returncode == 0
    assert source.asked == [] and store.proof.exists()
    assert store.path.stat().st_mode & 0o777 == 0o444


def test_a_damaged_file_in_place_is_replaced(store: Store, source: Source) -> None:
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(CONTENT[:-1] + b"x")
    assert store.fetch(source.url).returncode == 0
    assert store.path.read_bytes() == CONTENT


def test_a_path_of_the_host_is_copied_and_stays(store: Store, tmp_path: Path) -> None:
    original = tmp_path / "original file"
    original.write_bytes(CONTENT)
    assert store.fetch(str(original)).returncode == 0
    assert store.path.read_bytes() == original.read_bytes() == CONTENT


def test_a_source_that_is_not_there_is_named(store: Store, tmp_path: Path) -> None:
    done = store.fetch(str(tmp_path / "none"))
    assert done.returncode == 1 and f"{tmp_path}/none: is not there" in done.stderr


def test_a_full_disk_is_told_before_anything_is_fetched(store: Store, source: Source) -> None:
    done = store.fetch(source.url, reserve=1 << 60)
    assert done.returncode == 1 and "make room" in done.stderr
    assert source.asked == []


def test_a_source_that_stalls_is_told(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model"
        done = store.fetch(url, patience=1)
    assert done.returncode == 1 and "it sent less than 1 KiB/s for 1 s" in done.stderr


def test_a_disk_that_fills_up_is_told(store: Store, source: Source, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    curl = folder / "curl"
    curl.write_text(
        f'#!/bin/sh\ncase $* in *-sSfIL*) exec {shutil.which("curl")} "$@" ;; esac\nexit 23\n'
    )
    curl.chmod(0o755)
    done = store.fetch(source.url, path=f"{folder}:{os.environ['PATH']}")
    assert done.returncode == 1
    assert f"{store.partial.parent}: the disk is full: " in done.stderr
    assert f"1 MiB of {source.url} is still to come" in done.stderr

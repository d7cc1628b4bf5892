"""Records of processes: ours while it lives, nobody else's ever."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.lab import process


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    child = subprocess.Popen(["sleep", "60"])
    yield child
    child.kill()
    child.wait()


def test_a_recorded_process_is_alive(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.record(tmp_path / "run" / "pid", pid=sleeper.pid)
    assert process.pid(tmp_path / "run" / "pid") == sleeper.pid


def test_an_ended_process_is_not_alive(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    process.record(tmp_path / "pid", pid=sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not process.alive(tmp_path / "pid")


def test_a_recycled_pid_is_neither_alive_nor_killed(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    path = tmp_path / "pid"
    process.record(path, pid=sleeper.pid)
    path.write_text(f"{sleeper.pid} {int(path.read_text().split()[1]) - 1}\n")
    assert not process.alive(path)
    process.stop(path, timeout=0.1)
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "no number\n", "1\n"])
def test_a_damaged_record_means_not_alive(tmp_path: Path, text: str) -> None:
    (tmp_path / "pid").write_text(text)
    assert not process.alive(tmp_path / "pid")


def test_stop_ends_the_process_and_drops_the_record(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    process.record(tmp_path / "pid", pid=sleeper.pid)
    process.stop(tmp_path / "pid", timeout=5)
    assert sleeper.wait() == -signal.SIGTERM
    assert not (tmp_path / "pid").exists()


def test_stop_kills_what_ignores_the_request(tmp_path: Path) -> None:
    deaf = subprocess.Popen(
        ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 60; done"],
        stdout=subprocess.PIPE,
    )
    assert deaf.stdout is not None
    with deaf.stdout:
        deaf.stdout.readline()
        process.record(tmp_path / "pid", pid=deaf.pid)
        process.stop(tmp_path / "pid", timeout=0.2)
    assert deaf.wait() == -signal.SIGKILL


def test_stop_without_a_record_is_nothing(tmp_path: Path) -> None:
    process.stop(tmp_path / "pid", timeout=1)


def test_a_launched_process_is_recorded_and_its_words_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    process.launch(tmp_path / "pid", command=["sh", "-c", "echo $0; exec sleep 60", "x"], log=log)
    child = process.pid(tmp_path / "pid")
    assert child is not None
    assert os.getsid(child) == child
    process.stop(tmp_path / "pid", timeout=5)
    os.waitpid(child, 0)
    assert log.read_text().startswith("before\n")

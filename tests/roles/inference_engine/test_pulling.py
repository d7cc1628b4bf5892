"""The program that pulls an image, run for real with a docker of our own."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from roles.inference_engine import pulling
from roles.inference_engine.image import parse

pytestmark = pytest.mark.skipif(shutil.which("script") is None, reason="needs util-linux' script")
IMAGE = parse("ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64)
UP, DOWN = r"\033[1A\033[2K\r", r"\r\033[1B"


def pulled(tmp_path: Path, pull: str, *, patience: int = 30) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "docker"
    program.write_text(
        "#!/bin/sh\ncase $1 in\n"
        f"info) echo {tmp_path} ;;\npull) echo $$ >{tmp_path}/pid; {pull} ;;\n"
        f'tag) echo "$2 $3" >{tmp_path}/tagged ;;\nesac\n'
    )
    program.chmod(0o755)
    return subprocess.run(
        ["bash", "-s", "--", *pulling.arguments(IMAGE, stall_seconds=patience)],
        input=pulling.script(),
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def ended(process: Path) -> bool:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_an_image_that_came_is_tagged(tmp_path: Path) -> None:
    done = pulled(tmp_path, r"printf '8e4d15c56726: Pull complete\r\nStatus: Downloaded\r\n'")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "tagged").read_text() == f"{IMAGE.pinned} {IMAGE.tagged}\n"


def test_what_docker_says_of_a_failure_is_said(tmp_path: Path) -> None:
    done = pulled(tmp_path, "echo 'Error response from daemon: manifest unknown' >&2; exit 1")
    assert done.returncode == 1
    assert done.stderr == f"{IMAGE.pinned}: Error response from daemon: manifest unknown\n"
    assert not (tmp_path / "tagged").exists()


@pytest.mark.parametrize(
    "pull",
    [
        "exec sleep 600",
        rf"while :; do printf '{UP}8e4d15c56726: Downloading  1MB/65.3MB{DOWN}'; sleep 0.1; done",
    ],
)
def test_a_registry_that_stalls_is_named_and_the_pull_ended(tmp_path: Path, pull: str) -> None:
    done = pulled(tmp_path, pull, patience=2)
    assert done.returncode == 1
    assert done.stderr.startswith(f"ghcr.io sent nothing of {IMAGE.pinned} for 2 s")
    assert ended(Path("/proc") / (tmp_path / "pid").read_text().strip())


def test_a_slow_pull_goes_on_while_something_comes(tmp_path: Path) -> None:
    slow = (
        rf"n=0; while [ $n -lt 6 ]; do n=$((n+1)); "
        rf"printf '{UP}8e4d15c56726: Downloading  '$n'MB/6MB{DOWN}'; sleep 0.5; done"
    )
    assert pulled(tmp_path, slow, patience=2).returncode == 0


def test_a_full_disk_is_told_with_its_figures(tmp_path: Path) -> None:
    full = (
        rf"printf '{UP}8e4d15c56726: Downloading  1MB/65.3MB{DOWN}'; "
        "echo 'failed to register layer: write /x: no space left on device'; exit 1"
    )
    done = pulled(tmp_path, full)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{tmp_path}: ")
    assert "MiB are free" in done.stderr and "65.3MB compressed" in done.stderr

"""Two deploys at once, from two control nodes: the second is told; a dead holder is taken over."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from labhosts import INVENTORY, ROOT, Ended, Infra, Shell

HOLDER = "cat /var/lib/infra/deploying.json 2>/dev/null || true"


def control_node(name: str, state: Path) -> tuple[list[str], dict[str, str]]:
    """A command line and an environment: another machine's name, another machine's memory."""
    words = ["unshare", "--uts", "sh", "-c", 'hostname "$1"; shift; exec "$@"', "-", name]
    infra = [sys.executable, "-m", "infra", "deploy", str(INVENTORY), "--limit", "gpu-2"]
    return [*words, *infra], {**os.environ, "XDG_STATE_HOME": str(state)}


@contextmanager
def at_work(shell: Shell, state: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A deploy from the control node `mara-laptop` that has begun, in its own process group."""
    words, env = control_node("mara-laptop", state)
    first = subprocess.Popen(
        words,
        env=env,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while "mara-laptop" not in shell("gpu-2", HOLDER):
            assert first.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield first
    finally:
        if first.poll() is None:
            os.killpg(first.pid, signal.SIGKILL)
        first.wait()


@pytest.mark.slow
def test_the_second_is_told_who_holds_what_and_a_dead_holder_is_taken_over(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    assert infra("lab", "reset", "gpu-2").code == 0
    words, env = control_node("lea-desk", tmp_path / "lea")
    with at_work(shell, tmp_path / "mara") as first:
        second = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True)
        assert first.poll() is None, "the first had ended already"
        check = infra("check", str(INVENTORY), "--limit", "gpu-2", "--role", "base_system")
        os.killpg(first.pid, signal.SIGKILL)
    assert second.returncode == 2, second.stdout + second.stderr
    assert "root@mara-laptop (pid" in second.stderr
    assert "has been deploying gpu-2 since" in second.stderr
    assert "Nothing was touched." in second.stderr
    assert "gpu-2 is being deployed by root@mara-laptop" in check.out + check.err
    third = subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True)
    assert third.returncode == 0, third.stdout + third.stderr
    assert "root@mara-laptop" in third.stdout and "is gone: taken over" in third.stdout
    record = json.loads(shell("gpu-2", "cat /var/lib/infra/last_deploy.json"))
    assert (record["status"], record["host"]) == ("ok", "lea-desk")
    assert shell("gpu-2", HOLDER) == ""

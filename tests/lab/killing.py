"""Kills first deploys at random moments, and deploys again: `python killing.py 50 --seed 7`.

The hosts are those of inventories/lab.py, or of another lab inventory: `--inventory FILE`.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labhosts import INVENTORY, ROOT

from infra.site import load

INFRA = [sys.executable, "-m", "infra"]


@dataclass(frozen=True)
class Killed:
    """One kill: when, what the next deploy came to, and what the one after it still changed."""

    seconds: float
    while_running: bool
    """False when the deploy had ended before: a moment is drawn within a measured length."""
    code: int
    again_seconds: float
    changes: int
    said: str = ""

    @property
    def converged(self) -> bool:
        """Whether one deploy was enough."""
        return self.code == 0 and self.changes == 0


def moments(count: int, *, seed: int, length: float) -> list[float]:
    """Seconds at which to kill, uniform over a deploy's whole length."""
    chance = random.Random(seed)
    return [chance.uniform(0, length) for _ in range(count)]


def bare(inventory: Path) -> None:
    """Every host of a lab inventory bare again."""
    given = ["--inventory", str(inventory)]
    subprocess.run([*INFRA, "lab", "up", *given], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    for node in load(inventory).nodes:
        words = [*INFRA, "lab", "reset", node.name, *given]
        subprocess.run(words, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def deployed(inventory: Path) -> tuple[int, dict[str, Any], str]:
    """Exit code, JSON and words of a whole deploy."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.json"
        words = [*INFRA, "deploy", str(inventory), "--json", str(path)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        found = json.loads(path.read_text()) if path.exists() else {"nodes": []}
        return done.returncode, found, done.stdout + done.stderr


def length_of_a_first_deploy(inventory: Path = INVENTORY) -> float:
    """Seconds from its start to its end."""
    bare(inventory)
    started = time.monotonic()
    code, _, said = deployed(inventory)
    assert code == 0, said
    return time.monotonic() - started


def killed(seconds: float, *, inventory: Path) -> Killed:
    """What comes of a first deploy of bare hosts that is killed after so many seconds."""
    bare(inventory)
    first = subprocess.Popen(
        [*INFRA, "deploy", str(inventory)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with contextlib.suppress(subprocess.TimeoutExpired):
        first.wait(timeout=seconds)
    while_running = first.poll() is None
    if while_running:
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
    started = time.monotonic()
    code, _, said = deployed(inventory)
    took = time.monotonic() - started
    second, after, more = deployed(inventory)
    changes = sum(node["changed"] for node in after["nodes"]) if second == 0 else -1
    return Killed(seconds, while_running, code, took, changes, said=said if code else more)


def run(count: int, *, seed: int, length: float, inventory: Path = INVENTORY) -> Iterator[Killed]:
    """One kill after the other."""
    for moment in moments(count, seed=seed, length=length):
        yield killed(moment, inventory=inventory)


def main() -> None:
    """A line a kill, and how many converged."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--inventory", type=Path, default=INVENTORY)
    given = parser.parse_args()
    length = length_of_a_first_deploy(given.inventory)
    print(f"a first deploy takes {length:.1f} s", flush=True)
    good = late = 0
    kills = run(given.count, seed=given.seed, length=length, inventory=given.inventory)
    for number, kill in enumerate(kills, start=1):
        good += kill.converged
        word = "ok" if kill.converged else f"NOT CONVERGED\n{kill.said}"
        late += not kill.while_running
        end = "killed at   " if kill.while_running else "ended before"
        line = f"{number:3d}  {end} {kill.seconds:5.1f} s  next deploy {kill.again_seconds:5.1f} s"
        print(f"{line}  then {kill.changes} changes  {word}", flush=True)
    print(f"{good} of {given.count} converged, {late} of them had ended before", flush=True)


if __name__ == "__main__":
    main()

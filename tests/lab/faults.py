"""One host to which faults are done, another beside it, and what is asked of a deploy then."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from labhosts import INVENTORY, ROOT

from infra.lab import cgroups, host
from infra.lab.access import ssh_command


@dataclass(frozen=True)
class Site:
    """An inventory with a GPU node that faults are done to, and another node beside it."""

    inventory: Path
    node: str
    other: str

    def root(self, command: str) -> str:
        """What root's shell says on the node, over SSH."""
        made = host.made(self.node)
        assert made is not None
        sudo = [] if made.user == "root" else ["sudo"]
        words = [*ssh_command(made), *sudo, "sh", "-s"]
        done = subprocess.run(words, input=command, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def promised(self, role: str, *, folder: Path, **settings: object) -> "Site":
        """The same hosts with other settings of a role, in an inventory of its own."""
        path = folder / "other.py"
        lines = [self.inventory.read_text()]
        lines += [f"gpu_nodes[1][{role!r}][{key!r}] = {value!r}" for key, value in settings.items()]
        path.write_text("\n".join(lines))
        return replace(self, inventory=path)


SITE = Site(INVENTORY, node="gpu-2", other="balancer-1")


@dataclass(frozen=True)
class Deployed:
    """How a deploy ended: exit code, what it printed, its JSON, and its seconds."""

    code: int
    out: str
    json: dict[str, Any]
    seconds: float

    def error(self, node: str) -> str:
        """What is said of a node that failed."""
        found = {each["node"]: each for each in self.json["nodes"]}
        return str(found[node]["error"])

    @property
    def changed(self) -> int:
        """How many operations changed something."""
        return sum(int(each["changed"]) for each in self.json["nodes"])


@dataclass(frozen=True)
class Running:
    """A deploy that is under way."""

    process: subprocess.Popen[str]
    json: Path
    started: float

    def ended(self) -> Deployed:
        """How it ends."""
        out, err = self.process.communicate(timeout=300)
        found = json.loads(self.json.read_text()) if self.json.exists() else {}
        seconds = time.monotonic() - self.started
        return Deployed(self.process.returncode, out + err, found, seconds)


def begin(site: Site, *words: str, folder: Path) -> Running:
    """Begin a deploy of the node; `words` replace the default `--limit NODE`."""
    path = folder / "out.json"
    path.unlink(missing_ok=True)
    limit = words if "--limit" in words else ("--limit", site.node, *words)
    command = [sys.executable, "-m", "infra", "deploy", str(site.inventory), *limit]
    process = subprocess.Popen(
        [*command, "--json", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
    )
    return Running(process, path, time.monotonic())


def deploy(site: Site, *words: str, folder: Path) -> Deployed:
    """A deploy from its beginning to its end."""
    return begin(site, *words, folder=folder).ended()


def tells(done: Deployed, *parts: str, site: Site, within: float) -> None:
    """A deploy failed in time, and said so in one sentence that has these parts."""
    assert done.code == 1, done.out
    error = done.error(site.node)
    assert " / " not in error and "\n" not in error, error
    for part in parts:
        assert part in error, error
    assert done.seconds < within, error


def converges(site: Site, *, folder: Path) -> None:
    """The next deploy ends well, and the one after it changes nothing."""
    mended = deploy(site, folder=folder)
    assert mended.code == 0, mended.out
    again = deploy(site, folder=folder)
    assert (again.code, again.changed) == (0, 0), again.out


def until(holds: Callable[[], bool], *, seconds: float = 60) -> None:
    """Return once something holds on the host; it fails after so many seconds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)


def programs(node: str) -> Sequence[str]:
    """Names of the programs that run on a host."""
    pids = [
        pid
        for file in (cgroups.of_host(node)[0]).glob("**/cgroup.procs")
        for pid in _read(file).split()
    ]
    return [_read(Path(f"/proc/{pid}/comm")).strip() for pid in pids]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended meanwhile
        return ""

"""A lab site with one balancer, and what is done to its hosts."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labhosts import ROOT

from infra import balancers, secrets
from infra.lab import host, network
from infra.lab.access import ssh_command
from infra.site import load

ENGINE_PID = "docker inspect -f '{{.State.Pid}}' infra-engine"


def infra(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    command = [sys.executable, "-m", "infra", *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)


@dataclass(frozen=True)
class Scene:
    """A lab site with one balancer and one model."""

    inventory: Path
    balancer: str
    url: str
    key: str
    model: str
    members: tuple[str, ...]
    """Nodes that serve the model, spares included."""
    spares: tuple[str, ...]

    @property
    def full(self) -> tuple[str, ...]:
        """Its full members."""
        return tuple(name for name in self.members if name not in self.spares)

    def root(self, node: str, command: str) -> str:
        """What root's shell says on a host, over SSH."""
        done = subprocess.run(self.shell(node), input=command, capture_output=True, text=True)
        assert done.returncode == 0, f"{node}: {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def shell(self, node: str) -> list[str]:
        """Words that run a shell as root on a host."""
        made = host.made(node)
        assert made is not None, f"{node} is not up"
        return [*ssh_command(made), *([] if made.user == "root" else ["sudo"]), "sh", "-s"]

    def signal_engine(self, node: str, signal: str) -> None:
        """Send the engine's process a signal: KILL, STOP, CONT."""
        self.root(node, f"kill -{signal} $({ENGINE_PID})")

    def infra(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line; the inventory comes after the first word that is no verb."""
        return infra(*words)

    def did(self, *words: str) -> str:
        """What a command printed that had to end well."""
        done = self.infra(*words)
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def rotation(self) -> Mapping[str, Any]:
        """What the rotation program says."""
        return dict(json.loads(self.root(self.balancer, "infra-rotation show")))


@contextmanager
def unplugged(node: str) -> Iterator[None]:
    """A host's link leads nowhere: what its containers are sent, too, is lost, and nobody told."""
    made = host.made(node)
    assert made is not None, f"{node} is not up"
    link = ["ip", "link", "set", network.link_of(made), "nomaster"]
    subprocess.run([*network.among_services(), *link], check=True)
    try:
        yield
    finally:
        network.plug(made)


def scene(inventory: Path) -> Scene:
    """The scene of an inventory, deployed: its lock is written when its hosts are up."""
    done = infra("deploy", str(inventory))
    assert done.returncode == 0, done.stdout + done.stderr
    site = load(inventory)
    [balancer] = balancers.of(site)
    [(model, members)] = balancers.pools(site).items()
    settings: Any = balancer.settings["load_balancer"]
    return Scene(
        inventory=inventory,
        balancer=balancer.name,
        url=settings.base_url,
        key=secrets.read(next(iter(settings.api_keys.values()))[0]),
        model=model,
        members=tuple(members),
        spares=tuple(node.name for node in site.nodes if node.spare),
    )

"""A lab site under paced load while something fails: who lost what, and who was away when."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labhosts import ROOT
from pacing import Client, Pace, Request

from infra import balancers, secrets
from infra.lab import host, network
from infra.lab.access import ssh_command
from infra.site import load

PER_SECOND = float(os.environ.get("INFRA_STORM_RATE", "4"))
"""Requests a second; a machine that is busy otherwise takes fewer."""
TOKENS = int(os.environ.get("INFRA_STORM_TOKENS", "24"))
"""Length of an answer."""
LOG = "/var/log/nginx/infra_access.log"
STATE = "/var/lib/infra/rotation.json"
ENGINE_PID = "docker inspect -f '{{.State.Pid}}' infra-engine"
SWITCH_SECONDS = 0.6
"""From the moment that the state says so until nginx chooses accordingly."""
# looked at where it is written, over one connection: asking from here would cost what is measured
_WATCH = f"""exec python3 -u -c '
import json, time
last = None
while True:
    try:
        text = open("{STATE}").read()
    except OSError:
        text = "{{}}"
    if text != last:
        last = text
        print(json.dumps([time.time(), json.loads(text or "{{}}")]))
    time.sleep(0.03)
'"""


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
        command = [sys.executable, "-m", "infra", *words]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

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
    """The scene of an inventory."""
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


@dataclass
class Watch:
    """Every change of the rotation state, with its time, from `with` to its end."""

    scene: Scene
    seen: list[tuple[float, Mapping[str, Any]]] = field(default_factory=list)

    def __enter__(self) -> "Watch":
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            self.scene.shell(self.scene.balancer), stdin=pipe, stdout=pipe, text=True
        )
        assert self._process.stdin is not None
        self._process.stdin.write(_WATCH)
        self._process.stdin.close()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def left(self, node: str, *, after: float) -> float | None:
        """When a node was first held after a moment; None when it was not."""
        return next((at for at, state in self._after(after) if _held(state, node)), None)

    def back(self, node: str, *, after: float) -> float | None:
        """When nothing held it any more, first after a moment; None when that did not come."""
        return next((at for at, state in self._after(after) if not _held(state, node)), None)

    def told(self) -> list[str]:
        """Who was held when by whom, a line a change."""
        first = self.seen[0][0] if self.seen else 0.0
        return [f"{at - first:7.2f} s  {_holds(state)}" for at, state in self.seen]

    def _after(self, moment: float) -> list[tuple[float, Mapping[str, Any]]]:
        return [(at, state) for at, state in list(self.seen) if at >= moment]

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                at, state = json.loads(line)
                self.seen.append((at, state))


def _held(state: Mapping[str, Any], node: str) -> bool:
    return bool(state.get("nodes", {}).get(node, {}).get("holds"))


def _holds(state: Mapping[str, Any]) -> str:
    held = {
        name: [f"{hold['owner']}: {hold['reason']}" for hold in node["holds"]]
        for name, node in state.get("nodes", {}).items()
        if node.get("holds")
    }
    more = {key: state[key] for key in ("canary", "swaps") if state.get(key)}
    return f"{held or 'nobody is held'}{f' {more}' if more else ''}"


@dataclass
class Storm:
    """Load and watch together, and what the balancer wrote about it."""

    pace: Pace
    watch: Watch
    upstreams: dict[str, str] = field(default_factory=dict)
    """Node that was asked last, by request id, from the balancer's log."""

    @property
    def done(self) -> list[Request]:
        """What has ended so far."""
        return list(self.pace.done)

    def by_node(self) -> dict[str, int]:
        """How many requests each node answered."""
        nodes = [one.node for one in self.done]
        return {node: nodes.count(node) for node in sorted(set(nodes))}

    def node_of(self, request: Request) -> str:
        """Who had a request: the balancer's word, for one that hung has no headers."""
        return self.upstreams.get(request.id, request.node)

    def first_from(self, node: str, *, after: float) -> float | None:
        """When the first token of a node came for a request sent after a moment."""
        firsts = [
            one.first
            for one in self.done
            if one.node == node and one.began >= after and one.first is not None
        ]
        return min(firsts, default=None)


@contextmanager
def storm(scene: Scene, *, per_second: float = PER_SECOND) -> Iterator[Storm]:
    """Paced load on a scene until the end, and after it the log's word on every request."""
    size = int(scene.root(scene.balancer, f"stat -c %s {LOG}"))
    client = Client(scene.url, scene.key, scene.model, tokens=TOKENS)
    with Watch(scene) as watch:
        pace = Pace(client, per_second)
        made = Storm(pace, watch)
        with pace:
            yield made
    client.close()
    ids = {one.id for one in pace.done}
    deadline = time.monotonic() + 5
    while not ids <= made.upstreams.keys() and time.monotonic() < deadline:
        made.upstreams.update(_logged(scene.root(scene.balancer, f"tail -c +{size + 1} {LOG}")))


def _logged(text: str) -> dict[str, str]:
    lines = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    return {line["request_id"]: line["upstream"] for line in lines}


@dataclass(frozen=True)
class Count:
    """What a fault on one node cost."""

    at: float
    """When it happened."""
    ejected: float | None
    """Seconds until the node was out."""
    open: int
    """Streams that it had under way."""
    lost_there: tuple[Request, ...]
    """Sent to the node before it was out, and lost."""
    lost_elsewhere: tuple[Request, ...]
    """All other losses: there may be none."""
    may: float
    """How many may be lost there."""
    sent: int

    def told(self) -> str:
        """The figures on a line, then each loss."""
        out = "never" if self.ejected is None else f"{self.ejected:.2f} s"
        head = (
            f"{self.sent} requests; out after {out}; {self.open} open there; lost there "
            f"{len(self.lost_there)} (may {self.may:.1f}), elsewhere {len(self.lost_elsewhere)}"
        )
        return "\n".join([head, *(self._line(one) for one in self._all())])

    def slowest_end(self) -> float:
        """Longest seconds from the fault, or from its own beginning, to a loss's error."""
        return max((one.ended - max(self.at, one.began) for one in self.lost_there), default=0.0)

    def _all(self) -> Sequence[Request]:
        return (*self.lost_there, *self.lost_elsewhere)

    def _line(self, one: Request) -> str:
        began, ended = one.began - self.at, one.ended - self.at
        return f"  {began:+6.2f} s to {ended:+6.2f} s  {one.node or '-'}  {one.status}  {one.error}"


def counted(made: Storm, *, node: str, at: float, sharing: int, per_second: float) -> Count:
    """What a fault of a node cost; `sharing` nodes had an equal share of the rate before it."""
    left = made.watch.left(node, after=at)
    ejected = None if left is None else left - at
    until = float("inf") if left is None else left + SWITCH_SECONDS
    lost = [one for one in made.done if one.lost]
    there = [one for one in lost if made.node_of(one) == node and one.began <= until]
    opened = [one for one in made.done if made.node_of(one) == node and one.began < at < one.ended]
    window = (ejected or 0.0) + SWITCH_SECONDS
    return Count(
        at=at,
        ejected=ejected,
        open=len(opened),
        lost_there=tuple(there),
        lost_elsewhere=tuple(one for one in lost if one not in there),
        may=len(opened) + per_second / sharing * window + 1,
        sent=len(made.done),
    )

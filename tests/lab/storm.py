"""A lab site under paced load while something fails: who lost what, and who was away when.

The lab's engines share this machine's processors: what else runs here fills the nodes, and the
balancer then refuses what it has no room for. Figures are worth something on a quiet machine.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labhosts import ROOT
from pacing import Client, Pace, Request, await_that
from rotation_watch import Watch
from scene import Scene

INVENTORY = Path(
    os.environ.get("INFRA_STORM_INVENTORY", ROOT / "inventories" / "lab_full.py")
).resolve()
PER_SECOND = float(os.environ.get("INFRA_STORM_RATE", "2.5"))
"""Requests a second; a machine that is busy otherwise takes fewer."""
TOKENS = int(os.environ.get("INFRA_STORM_TOKENS", "24"))
"""Length of an answer."""
LOG = "/var/log/nginx/infra_access.log"


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


@contextmanager
def weather(site: Scene) -> Iterator[Storm]:
    """Load that every full member has its share of, on a calm site that is calm again after it."""
    with storm(site) as made:
        both = set(site.full)
        await_that(
            lambda: both <= {one.node for one in made.done},
            seconds=60,
            what=f"answers of {both}",
            told=lambda: (made.by_node(), made.watch.told()),
        )
        yield made
        await_that(lambda: nobody_held(site), seconds=120, what="calm", told=made.watch.told)
    print("\n" + "\n".join(made.watch.told()))


def nobody_held(site: Scene) -> bool:
    """Whether every node of the site is in."""
    return not any(node["holds"] for node in site.rotation()["nodes"].values())


def lost(made: Storm) -> list[Request]:
    """Every request that was lost."""
    return [one for one in made.done if one.lost]


def answers_from(made: Storm, node: str, *, after: float) -> Callable[[], bool]:
    """A question: has a node answered a request that was sent after a moment?"""
    return lambda: made.first_from(node, after=after) is not None

"""Members: the nodes that a deploy promises, pool by pool; where things lie on this host."""

import json
from dataclasses import dataclass
from typing import Any

from roles.load_balancer.program.files import Failed, text_of

MEMBERS = "/etc/infra/rotation.json"
"""Written by a deploy alone."""
UPSTREAMS = "/etc/nginx/infra-upstreams.conf"
"""Written by this program alone; nginx.conf includes it."""
STATE = "/var/lib/infra/rotation.json"
"""Written by this program alone."""
PID = "/run/nginx.pid"


@dataclass(frozen=True)
class Server:
    """One node's engine as nginx reaches it."""

    node: str
    address: str
    port: int
    max_conns: int = 0
    """Requests that it is given at the same time; 0 for any number."""
    spare: bool = False
    """Whether it is asked only when the others are full or gone."""
    revision: str = ""
    """The model's revision there, for the log."""

    @property
    def place(self) -> str:
        """`address:port` as nginx writes it."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else self.at

    @property
    def at(self) -> str:
        """`address:port` without brackets."""
        return f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Pool:
    """The nodes that serve one model."""

    name: str
    """The upstream's name in nginx."""
    model: str
    options: str
    """What stands behind each server's place: `max_fails=2 fail_timeout=5s`."""
    keepalive: int
    """Idle connections kept for each worker; 0 for none."""
    servers: tuple[Server, ...]


@dataclass(frozen=True)
class Members:
    """Every pool, and where this host's nginx is found."""

    pools: tuple[Pool, ...]
    status_port: int
    upstreams: str = UPSTREAMS
    state: str = STATE
    pid: str = PID
    test: tuple[str, ...] = ("/usr/sbin/nginx", "-t", "-q")
    """What judges the configuration on disk."""

    @property
    def lock(self) -> str:
        """Held by whoever changes the state."""
        return f"{self.state}.lock"

    @property
    def nodes(self) -> tuple[str, ...]:
        """Names, each once, in the order of the pools."""
        found = [server.node for pool in self.pools for server in pool.servers]
        return tuple(dict.fromkeys(found))

    def servers_of(self, node: str) -> tuple[Server, ...]:
        """Where a node serves."""
        pools = self.pools
        return tuple(one for pool in pools for one in pool.servers if one.node == node)

    def pools_of(self, node: str) -> tuple[Pool, ...]:
        """The pools that a node is in."""
        return tuple(pool for pool in self.pools if any(one.node == node for one in pool.servers))


def parse_members(text: str) -> Members:
    """Members from the text of their file; ValueError, KeyError or TypeError for another text."""
    said: dict[str, Any] = json.loads(text)
    pools = tuple(_pool(one) for one in said.pop("pools"))
    if "test" in said:
        said["test"] = tuple(said["test"])
    return Members(pools=pools, **said)


def members_at(path: str) -> Members:
    """Members from their file; Failed when there are none."""
    text = text_of(path)
    if text is None:
        raise Failed(f"{path} is not there; deploy this balancer")
    try:
        return parse_members(text)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Failed(f"{path} is not what a deploy writes ({problem}); deploy again") from problem


def _pool(said: dict[str, Any]) -> Pool:
    servers = tuple(Server(**one) for one in said["servers"])
    return Pool(**{**said, "servers": servers})

"""Pools of nodes: a pool a model; written for the rotation program, read back from nginx."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass

from roles.load_balancer.program import members
from roles.load_balancer.settings import LoadBalancerSettings, Target

# nginx -T would print the key file as well, and with it every key
COMMAND = (
    "awk '/^[ \\t]*upstream[ \\t]/ {on = 1} on {print} /}/ {on = 0}' "
    f"/etc/nginx/nginx.conf {members.UPSTREAMS} /etc/nginx/conf.d/*.conf 2>/dev/null || true"
)
"""Shell text that prints the upstreams on disk, and nothing else of nginx's configuration."""


@dataclass(frozen=True)
class Pool:
    """The nodes that serve one model."""

    name: str
    """The upstream's name in nginx; a model keeps it whatever other models come and go."""
    model: str
    pattern: str
    """A regular expression for exactly this model's name."""
    targets: tuple[Target, ...]
    keepalive: int
    """Idle connections kept for each worker; 0 for none."""


def pools(settings: LoadBalancerSettings) -> tuple[Pool, ...]:
    """One Pool a model, in the order in which the models first appear."""
    models = dict.fromkeys(target.model for target in settings.targets)
    return tuple(_pool(model, settings=settings) for model in models)


def members_text(settings: LoadBalancerSettings) -> str:
    """Text of the rotation program's file of members."""
    options = f"max_fails={settings.max_fails} fail_timeout={settings.fail_seconds}s"
    said = {
        "status_port": settings.status_port,
        "pools": [
            _member_pool(pool, options, queue=settings.queue_per_node) for pool in pools(settings)
        ],
    }
    return json.dumps(said, indent=1) + "\n"


def place(target: Target) -> str:
    """`address:port` of a target, as nginx writes it."""
    return _server(target).place


def parse(configuration: str) -> dict[str, frozenset[str]]:
    """`address:port` of every server by pool, held or not, from the answer to `COMMAND`.

    A pool's canary is one of it, though it has an upstream of its own.
    """
    found: dict[str, frozenset[str]] = {}
    for block in re.finditer(r"^\s*upstream\s+(\S+)\s*\{(.*?)\}", configuration, re.M | re.S):
        name = block[1].removesuffix("_canary")
        servers = frozenset(re.findall(r"^\s*server\s+([^\s;]+)", block[2], re.M))
        found[name] = found.get(name, frozenset()) | servers
    return found


def promised(settings: LoadBalancerSettings) -> dict[str, frozenset[str]]:
    """What `parse` finds when nginx has exactly the site's nodes."""
    return {pool.name: frozenset(map(place, pool.targets)) for pool in pools(settings)}


def _pool(model: str, *, settings: LoadBalancerSettings) -> Pool:
    targets = tuple(target for target in settings.targets if target.model == model)
    keepalive = 2 * sum(target.parallel for target in targets)
    return Pool(
        name=f"infra_pool_{hashlib.sha256(model.encode()).hexdigest()[:8]}",
        model=model,
        pattern=f"^{re.escape(model)}$",
        targets=targets,
        keepalive=keepalive if all(target.keepalive for target in targets) else 0,
    )


def _member_pool(pool: Pool, options: str, *, queue: int) -> dict[str, object]:
    return {
        "name": pool.name,
        "model": pool.model,
        "options": options,
        "keepalive": pool.keepalive,
        "servers": [asdict(_server(one, queue=queue)) for one in pool.targets],
    }


def _server(target: Target, *, queue: int = 0) -> members.Server:
    return members.Server(
        node=target.node,
        address=target.address,
        port=target.port,
        max_conns=target.parallel + queue,
        spare=target.spare,
        revision=target.revision,
    )

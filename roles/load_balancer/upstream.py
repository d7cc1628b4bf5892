"""Pools of nodes: a pool a model, a line a node; written, and read back from a running nginx."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from roles.load_balancer.settings import LoadBalancerSettings, Target

# nginx -T would print the key file as well, and with it every key
COMMAND = (
    "awk '/^[ \\t]*upstream[ \\t]/ {on = 1} on {print} /}/ {on = 0}' "
    "/etc/nginx/nginx.conf /etc/nginx/conf.d/*.conf 2>/dev/null || true"
)
"""Shell text that prints the upstreams on disk, and nothing else of nginx's configuration."""


@dataclass(frozen=True)
class Pool:
    """The nodes that serve one model, ready to be printed."""

    name: str
    """The upstream's name in nginx."""
    model: str
    pattern: str
    """A regular expression for exactly this model's name."""
    servers: tuple[str, ...]
    """Arguments of each `server` line."""
    keepalive: int
    """Idle connections kept for each worker; 0 for none."""


def pools(settings: LoadBalancerSettings) -> tuple[Pool, ...]:
    """One Pool a model, in the order in which the models first appear."""
    models = dict.fromkeys(target.model for target in settings.targets)
    return tuple(
        _pool(number, model, settings=settings) for number, model in enumerate(models, start=1)
    )


def server_lines(targets: Iterable[Target], *, settings: LoadBalancerSettings) -> tuple[str, ...]:
    """Arguments of the `server` lines of these targets: who is in rotation, and how."""
    limits = f"max_fails={settings.max_fails} fail_timeout={settings.fail_seconds}s"
    return tuple(f"{place(target)} {limits}" for target in targets)


def place(target: Target) -> str:
    """`address:port` of a target, as nginx writes it."""
    address = f"[{target.address}]" if ":" in target.address else target.address
    return f"{address}:{target.port}"


def upstream_pattern(target: Target) -> str:
    """A regular expression for $upstream_addr where this target is the last that was tried."""
    return f"(^|[ ,]){re.escape(place(target))}$"


def parse(configuration: str) -> dict[str, tuple[str, ...]]:
    """`address:port` of every server by upstream, from the answer to `COMMAND`."""
    found = re.finditer(r"^\s*upstream\s+(\S+)\s*\{(.*?)\}", configuration, re.M | re.S)
    return {
        block[1]: tuple(re.findall(r"^\s*server\s+([^\s;]+)", block[2], re.M)) for block in found
    }


def promised(settings: LoadBalancerSettings) -> dict[str, tuple[str, ...]]:
    """What `parse` finds when nginx has exactly the site's nodes."""
    return {pool.name: tuple(line.split()[0] for line in pool.servers) for pool in pools(settings)}


def _pool(number: int, model: str, *, settings: LoadBalancerSettings) -> Pool:
    targets = [target for target in settings.targets if target.model == model]
    keepalive = 2 * sum(target.parallel for target in targets)
    return Pool(
        name=f"infra_pool_{number}",
        model=model,
        pattern=f"^{re.escape(model)}$",
        servers=server_lines(targets, settings=settings),
        keepalive=keepalive if all(target.keepalive for target in targets) else 0,
    )

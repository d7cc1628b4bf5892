"""Upstreams: the part of nginx's configuration that says who gets requests."""

import hashlib
import re

from roles.load_balancer.program.members import Members, Pool, Server
from roles.load_balancer.program.state import State, state_of

_HEAD = "# Written by infra-rotation from members and holds; changes made here do not last."


def upstreams_text(members: Members, state: State) -> str:
    """Text of the file; nginx answers its digest at /rotation."""
    return _text(members, state, digest=upstreams_digest(members, state))


def upstreams_digest(members: Members, state: State) -> str:
    """What nginx answers when it runs with these members and this state."""
    text = _text(members, state, digest="")
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def digest_in(text: str) -> str:
    """The digest that a text of the file would be answered with; empty when there is none."""
    found = re.search(r'default "([0-9a-f]{16})";', text)
    return found[1] if found is not None else ""


def _text(members: Members, state: State, *, digest: str) -> str:
    pools = [line for pool in members.pools for line in _upstream(pool, state)]
    return "\n".join([_HEAD, *_digest(digest), *_names(members), *pools]) + "\n"


def _digest(digest: str) -> list[str]:
    return ["map $request_method $infra_rotation {", f'    default "{digest}";', "}"]


def _names(members: Members) -> list[str]:
    """For the log: the name of the node that was tried last."""
    servers = dict.fromkeys(one for pool in members.pools for one in pool.servers)
    lines = [f'    "~(^|[ ,]){re.escape(one.place)}$" {one.node};' for one in servers]
    return ["map $upstream_addr $infra_upstream {", '    default "";', *lines, "}"]


def _upstream(pool: Pool, state: State) -> list[str]:
    kept = [f"    keepalive {pool.keepalive};", "    keepalive_timeout 4s;"]
    return [
        f"# {pool.model}",
        f"upstream {pool.name} {{",
        f"    zone {pool.name} 256k;",
        "    least_conn;",
        *(_server(one, pool.options, state) for one in pool.servers),
        *(kept if pool.keepalive else []),
        "}",
    ]


def _server(server: Server, options: str, state: State) -> str:
    down = "" if state_of(state, server.node) == "in" else " down"
    return f"    server {server.place} {options}{down};"

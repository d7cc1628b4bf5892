"""Upstreams: the part of nginx's configuration that says who gets requests."""

import hashlib
import re
from collections.abc import Iterator

from roles.load_balancer.program.members import Members, Pool, Server
from roles.load_balancer.program.roles import canary_in, is_in, stands_by
from roles.load_balancer.program.splitting import (
    canary_lines,
    canary_maps,
    server_line,
    upstream_lines,
)
from roles.load_balancer.program.state import State

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
    pools = [line for pool in members.pools for line in _pool_lines(pool, state)]
    parts = (_digest(digest), _names(members), canary_maps(members, state), pools)
    return "\n".join([_HEAD, *(line for part in parts for line in part)]) + "\n"


def _digest(digest: str) -> list[str]:
    return ["map $request_method $infra_rotation {", f'    default "{digest}";', "}"]


def _names(members: Members) -> Iterator[str]:
    """For the log: the node that was tried last, and the revision of its model."""
    servers = dict.fromkeys(one for pool in members.pools for one in pool.servers)
    yield "map $upstream_addr $infra_upstream {"
    yield '    default "";'
    yield from (f'    "~(^|[ ,]){re.escape(one.place)}$" {one.node};' for one in servers)
    yield "}"
    yield "map $upstream_addr $infra_revision {"
    yield '    default "";'
    known = [one for one in servers if one.revision]
    yield from (f'    "~(^|[ ,]){re.escape(one.place)}$" "{one.revision}";' for one in known)
    yield "}"


def _pool_lines(pool: Pool, state: State) -> Iterator[str]:
    canary = canary_in(state, pool)
    main = [one for one in pool.servers if canary is None or one.node != canary["node"]]
    # nginx takes no upstream of backups alone
    backups = {one for one in main if stands_by(state, one)}
    backups = set() if backups == set(main) else backups
    yield f"# {pool.model}"
    servers = [_server(one, pool, state, backup=one in backups) for one in main]
    yield from upstream_lines(pool.name, pool, servers)
    if canary is not None:
        yield from canary_lines(pool, state, canary)


def _server(server: Server, pool: Pool, state: State, *, backup: bool) -> str:
    words = [pool.options, "backup" if backup else ""]
    return server_line(server, *words, down=not is_in(state, server.node))

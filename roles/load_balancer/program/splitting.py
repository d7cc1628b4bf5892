"""Splitting: which requests of a model go to its canary, and what serves them without it."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from roles.load_balancer.program.members import Members, Pool, Server
from roles.load_balancer.program.roles import canary_in, is_in
from roles.load_balancer.program.state import State


def server_line(server: Server, *options: str, most: int | None = None, down: bool = False) -> str:
    """A server of an upstream; `most` requests at the same time, else as many as it says."""
    limit = server.max_conns if most is None else most
    words = [*options, f"max_conns={limit}" if limit else "", "down" if down else ""]
    return " ".join(["    server", server.place, *filter(None, words)]) + ";"


def upstream_lines(name: str, pool: Pool, servers: Iterable[str]) -> Iterator[str]:
    """An upstream of that name with a pool's ways and these servers."""
    yield f"upstream {name} {{"
    yield f"    zone {name} 256k;"
    yield "    least_conn;"
    yield from servers
    if pool.keepalive:
        yield f"    keepalive {pool.keepalive};"
        yield "    keepalive_timeout 4s;"
    yield "}"


def canary_lines(pool: Pool, state: State, canary: dict[str, Any]) -> Iterator[str]:
    """The upstream of a canary: the others of its pool serve its share when it cannot."""
    servers = []
    for one in pool.servers:
        alone = one.node == canary["node"]
        # nginx counts each upstream apart: the others are to get its share twice at most
        most = None if alone else _share_of(one.max_conns, canary["share"])
        words = [pool.options, "" if alone else "backup"]
        servers.append(server_line(one, *words, most=most, down=not is_in(state, one.node)))
    servers.sort(key=lambda line: " backup" in line)
    return upstream_lines(_side(pool), pool, servers)


def canary_maps(members: Members, state: State) -> Iterator[str]:
    """Which upstream a request goes to: `$infra_route`, from its pool, client, session and path."""
    found = [(pool, canary_in(state, pool)) for pool in members.pools]
    # who is held gets nothing, and the pool counts its requests in one place
    split = [(pool, one) for pool, one in found if one is not None and is_in(state, one["node"])]
    yield "map $infra_pool $infra_route {"
    yield "    default $infra_pool;"
    yield from (f"    {pool.name} $infra_route_{pool.name};" for pool, _ in split)
    yield "}"
    yield "map $infra_route $infra_group {"
    yield "    default main;"
    yield '    "~_canary$" canary;'
    yield "}"
    if split:
        yield from _STICKY
    for pool, canary in split:
        yield from _split(pool, canary)


# the session, else client and address: one conversation is not answered by two models
_STICKY = (
    "map $http_x_session_id $infra_session {",
    "    default $http_x_session_id;",
    '    "" $remote_addr;',
    "}",
    # as nginx understood it: however it was written, the engine takes it for the same
    "map $uri $infra_endpoint {",
    "    default $uri;",
    r'    "~^(?:/m/.+?)?(?<infra_bare>/v1/.*)" $infra_bare;',
    "}",
)


def _split(pool: Pool, canary: dict[str, Any]) -> Iterator[str]:
    share = f"$infra_share_{pool.name}"
    yield f'split_clients "{canary["node"]} $infra_client $infra_session" {share} {{'
    if canary["share"] < 100:
        yield f"    {canary['share']:.2f}% {_side(pool)};"
    yield f"    * {pool.name if canary['share'] < 100 else _side(pool)};"
    yield "}"
    yield f"map $infra_endpoint $infra_route_{pool.name} {{"
    yield f"    default {pool.name if canary['endpoints'] else share};"
    yield from (f"    {endpoint} {share};" for endpoint in canary["endpoints"])
    yield "}"


def _side(pool: Pool) -> str:
    return f"{pool.name}_canary"


def _share_of(most: int, share: float) -> int:
    return math.ceil(most * share / 100)

"""Connections of nginx's workers, as the kernel tells them: requests under way are counted so."""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from roles.load_balancer.program.files import text_of
from roles.load_balancer.program.members import Server

_ESTABLISHED, _CONNECTING = "01", "02"


@dataclass(frozen=True)
class Connection:
    """One TCP connection, its ends as /proc/net/tcp writes them."""

    local: str
    remote: str
    state: str
    inode: str


def parse_connections(table: str) -> Iterator[Connection]:
    """Every line of /proc/net/tcp or tcp6."""
    for line in table.splitlines()[1:]:
        fields = line.split()
        if len(fields) > 9:
            yield Connection(fields[1], fields[2], fields[3], fields[9])


def ends_of(servers: Iterable[Server]) -> frozenset[str]:
    """Remote ends of connections to servers: a name may have several, or none just now."""
    return frozenset(end for server in servers for end in _ends(server))


def towards(found: Iterable[Connection], *, ends: frozenset[str]) -> frozenset[Connection]:
    """Connections to these ends that are made or being made."""
    states = (_ESTABLISHED, _CONNECTING)
    return frozenset(one for one in found if one.remote in ends and one.state in states)


def unassigned(found: Iterable[Connection], *, ends: frozenset[str]) -> int:
    """How many clients have no node yet, `ends` being those of every node."""
    made = [one for one in found if one.state == _ESTABLISHED]
    clients = sum(one.remote not in ends for one in made)
    return max(0, clients - len(towards(found, ends=ends)))


def connections_of(pids: Iterable[int]) -> tuple[Connection, ...]:
    """TCP connections that these processes have open."""
    inodes = {inode for pid in pids for inode in _sockets(pid)}
    if not inodes:
        return ()
    tables = [text_of(f"/proc/net/{table}") or "" for table in ("tcp", "tcp6")]
    found = (one for table in tables for one in parse_connections(table))
    return tuple(one for one in found if one.inode in inodes)


def _sockets(pid: int) -> Iterator[str]:
    folder = f"/proc/{pid}/fd"
    with suppress(FileNotFoundError, ProcessLookupError):  # it may end at any time
        for handle in os.listdir(folder):
            with suppress(FileNotFoundError, ProcessLookupError):
                leads_to = os.readlink(f"{folder}/{handle}")
                if leads_to.startswith("socket:["):
                    yield leads_to[8:-1]


def _ends(server: Server) -> set[str]:
    try:
        found = socket.getaddrinfo(server.address, server.port, type=socket.SOCK_STREAM)
    except OSError:
        return set()
    return {_end(str(where[0]), server.port) for _, _, _, _, where in found}


def _end(address: str, port: int) -> str:
    """An end as the kernel prints it: words of four bytes, the last byte first."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    packed = socket.inet_pton(family, address.partition("%")[0])
    words = [packed[start : start + 4][::-1] for start in range(0, len(packed), 4)]
    return f"{b''.join(words).hex().upper()}:{port:04X}"

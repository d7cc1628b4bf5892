"""The host keys of a node that was installed anew: what its driver says, in place of the old."""

import base64
import binascii
import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from paramiko.hostkeys import HostKeys

from infra.files import write_atomic

_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
_SSH_PORT = 22


class KeyTextError(Exception):
    """What a driver printed is no public host key."""


def keys_of(lines: Sequence[str]) -> tuple[str, ...]:
    """Public host keys as `type base64`, from lines as of `ssh_host_ed25519_key.pub`.

    KeyTextError when a line is none, or there is no line.
    """
    found = tuple(_key(line) for line in lines if line.strip() and not line.startswith("#"))
    if not found:
        raise KeyTextError("printed no public host key: it must print ssh_host_ed25519_key.pub")
    return found


def pin(path: Path, *, address: str, port: int, keys: Sequence[str]) -> None:
    """Have exactly these keys of an address in a known_hosts file; other lines stay."""
    at = path.resolve()
    with _alone(at.parent):
        known = at.read_text() if at.exists() else ""
        mode = at.stat().st_mode & 0o777 if at.exists() else 0o600
        write_atomic(at, with_keys(known, name=name_of(address, port), keys=keys), mode=mode)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Nobody else pins in this folder inside: two drills share a file and lose no line of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def with_keys(known: str, *, name: str, keys: Sequence[str]) -> str:
    """Text of a known_hosts file in which a name has exactly these keys."""
    kept = [line for one in known.splitlines() if (line := _without(one, name))]
    return "".join(f"{line}\n" for line in (*kept, *(f"{name} {key}" for key in keys)))


def name_of(address: str, port: int) -> str:
    """How known_hosts names an address: with its port where that is not 22."""
    return address if port == _SSH_PORT else f"[{address}]:{port}"


def _without(line: str, name: str) -> str:
    """A line without a name among its hosts; empty when it named nobody else."""
    marker, hosts, rest = _parts(line)
    if not rest or marker:
        return line
    left = [host for host in hosts.split(",") if not _is(host, name)]
    return f"{','.join(left)} {rest}" if left else ""


def _parts(line: str) -> tuple[str, str, str]:
    if not line.strip() or line.lstrip().startswith("#"):
        return "", line, ""
    marker, _, after = line.partition(" ") if line.startswith("@") else ("", "", line)
    hosts, _, rest = after.partition(" ")
    return marker, hosts, rest


def _is(host: str, name: str) -> bool:
    if host.startswith("|1|"):
        return HostKeys.hash_host(name, host) == host
    return host == name


def _key(line: str) -> str:
    kind, _, rest = line.strip().partition(" ")
    text = rest.split(" ")[0]
    try:
        blob = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    length = int.from_bytes(blob[:4], "big")
    if kind not in _TYPES or blob[4 : 4 + length] != kind.encode():
        raise KeyTextError(f"printed what is no public host key: {line.strip()[:60]!r}")
    return f"{kind} {text}"

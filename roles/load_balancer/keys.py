"""API keys as nginx compares them: the file that maps a presented key to a client's name."""

import re
from collections.abc import Iterator, Mapping, Sequence

from infra import secrets
from roles.load_balancer.settings import LoadBalancerSettings

PATH = "/etc/nginx/infra-keys.conf"
"""The file, for root's eyes: nginx reads it as root before it drops its rights."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]*")
SHORTEST = 16


def read(settings: LoadBalancerSettings) -> dict[str, tuple[str, ...]]:
    """The keys of each client, from where their references lead; SecretError."""
    return {
        client: tuple(secrets.read(reference) for reference in references)
        for client, references in settings.api_keys.items()
    }


def text(keys: Mapping[str, str | Sequence[str]]) -> str:
    """Text of the key file; keys by client. Mistakes are found by `problems` first."""
    # a plain string would be compared without regard to case
    entries = [f'"~^(?i:bearer) {_escaped(key)}$" {client};' for client, key in _pairs(keys)]
    return "\n".join(["# Written by infra (load_balancer): key, client.", *entries]) + "\n"


def problems(keys: Mapping[str, str | Sequence[str]]) -> list[str]:
    """Sentences about keys that cannot be used; they never hold a key."""
    first: dict[str, str] = {}
    found = [
        f"load_balancer.api_keys: {first[key]} and {client} have one key; give each its own"
        for client, key in _pairs(keys)
        if first.setdefault(key, client) != client
    ]
    return found + [text for client, key in _pairs(keys) for text in _wrong(client, key)]


def _pairs(keys: Mapping[str, str | Sequence[str]]) -> Iterator[tuple[str, str]]:
    for client, given in keys.items():
        for key in dict.fromkeys([given] if isinstance(given, str) else given):
            yield client, key


def _wrong(client: str, key: str) -> list[str]:
    where = f"load_balancer.api_keys.{client}: the key"
    if len(key) < SHORTEST:
        return [f"{where} is shorter than {SHORTEST} characters; make one: openssl rand -hex 32"]
    if not _TOKEN.fullmatch(key):
        return [f"{where} has characters other than letters, digits and ._~+/=-; make another one"]
    return []


def _escaped(key: str) -> str:
    return re.sub(r"[.+]", lambda found: f"\\{found[0]}", key)

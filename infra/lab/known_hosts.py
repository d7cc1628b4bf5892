"""The host keys of lab hosts, pinned at the moment a host is made."""

from collections.abc import Mapping

from infra.files import write_atomic
from infra.lab import place


def pin(keys: Mapping[str, str]) -> None:
    """Pin one public key an address, in place of what was known of that address."""
    known = place.KNOWN_HOSTS.read_text() if place.KNOWN_HOSTS.exists() else ""
    write_atomic(place.KNOWN_HOSTS, pinned(known, keys))


def pinned(known: str, keys: Mapping[str, str]) -> str:
    """Text of a known_hosts file with these keys by address; those of other addresses stay."""
    kept = [line for line in known.splitlines() if line.split(" ")[0] not in keys]
    fresh = [f"{address} {_without_comment(key)}" for address, key in keys.items()]
    return "".join(f"{line}\n" for line in sorted((*kept, *fresh)))


def _without_comment(key: str) -> str:
    return " ".join(key.split()[:2])

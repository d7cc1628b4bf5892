"""The host keys of lab hosts, pinned when a host is made and forgotten when it is removed."""

from collections.abc import Collection, Mapping

from infra.files import write_atomic
from infra.lab import place


def pin(keys: Mapping[str, str]) -> None:
    """Pin one public key an address, in place of what was known of that address."""
    write_atomic(place.KNOWN_HOSTS, pinned(_known(), keys))


def forget(addresses: Collection[str]) -> None:
    """Drop the keys of these addresses."""
    known = _known()
    kept = without(known, addresses)
    if kept != known:
        write_atomic(place.KNOWN_HOSTS, kept)


def pinned(known: str, keys: Mapping[str, str]) -> str:
    """Text of a known_hosts file with these keys by address; those of other addresses stay."""
    kept = without(known, keys).splitlines()
    fresh = [f"{address} {_without_comment(key)}" for address, key in keys.items()]
    return "".join(f"{line}\n" for line in sorted((*kept, *fresh)))


def without(known: str, addresses: Collection[str]) -> str:
    """Text of a known_hosts file without the lines of these addresses."""
    kept = [line for line in known.splitlines() if line.split(" ")[0] not in addresses]
    return "".join(f"{line}\n" for line in kept)


def _known() -> str:
    return place.KNOWN_HOSTS.read_text() if place.KNOWN_HOSTS.exists() else ""


def _without_comment(key: str) -> str:
    return " ".join(key.split()[:2])

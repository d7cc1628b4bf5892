"""This host's connections to an engine, as the kernel tells them; and their end."""

from collections.abc import Mapping

from roles.health_watch.program.promised import Place

_LOCAL = 2
"""Which word of a line is the local end, where the state is not told."""


def look_argv(place: Place) -> tuple[str, ...]:
    """Command that prints the connections to a place, and what each has received."""
    return ("ss", "-Htin", "state", "established", *_towards(place))


def cut_argv(place: Place) -> tuple[str, ...]:
    """Command that ends every connection to a place, and prints those that it ended."""
    return ("ss", "-HKtn", *_towards(place))


def parse_received(said: str) -> dict[str, int]:
    """Bytes received on each connection, by its local end, from the answer to `look_argv`."""
    found: dict[str, int] = {}
    local = ""
    for line in said.splitlines():
        words = line.split()
        if line[:1].strip() and len(words) > _LOCAL:
            local = words[_LOCAL]
            found[local] = 0
        for word in words:
            if local and word.startswith("bytes_received:"):
                found[local] = int(word.partition(":")[2])
    return found


def parse_cut(said: str) -> int:
    """How many connections were ended, from the answer to `cut_argv`."""
    return sum(1 for line in said.splitlines() if line[:1].strip())


def moved(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether any connection received something between two looks."""
    return any(count > before.get(local, 0) for local, count in after.items())


def _towards(place: Place) -> tuple[str, ...]:
    address = f"[{place.address}]" if ":" in place.address else place.address
    return ("dst", address, "and", "dport", "=", f":{place.port}")

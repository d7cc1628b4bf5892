"""Metrics as Prometheus writes them."""

from collections.abc import Iterable


def parse_metrics(text: str, *, names: Iterable[str]) -> dict[str, float]:
    """Value of each named metric that is there; over labels (ranks, models) it is their sum."""
    wanted = frozenset(names)
    found: dict[str, float] = {}
    for line in text.splitlines():
        name, _, value = _split(line)
        if name in wanted and value is not None:
            found[name] = found.get(name, 0.0) + value
    return found


def _split(line: str) -> tuple[str, str, float | None]:
    if line.startswith("#"):
        return "", "", None
    # a label's value may hold spaces, so what is behind the labels is taken from the brace on
    head, brace, tail = line.rpartition("}")
    name, _, labels = head.partition("{") if brace else (line.partition(" ")[0], "", "")
    words = (tail if brace else line.partition(" ")[2]).split()
    try:
        return name, labels, float(words[0])
    except (ValueError, IndexError):
        return name, labels, None

"""How reports say things: durations, lists of names, counts, simulated hardware."""

from collections import Counter
from collections.abc import Iterable, Sequence

from infra.lab.spec import LabGpu
from infra.site import Node


def duration(seconds: float) -> str:
    """Wall time for people: `2.4 s`, `1 min 02 s`, `3 h 04 min`."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: int, noun: str) -> str:
    """A count with its noun: `1 node`, `3 nodes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def simulated_hardware(nodes: Iterable[Node]) -> str | None:
    """Sentence that names the nodes whose GPUs are simulated; None when there are none."""
    names: dict[str, list[str]] = {}
    for node in nodes:
        if node.lab is not None and node.lab.gpus:
            names.setdefault(_cards(node.lab.gpus), []).append(node.name)
    if not names:
        return None
    kinds = [
        f"{', '.join(who)} ({cards}{' each' if len(who) > 1 else ''})"
        for cards, who in names.items()
    ]
    return f"Simulated hardware: {'; '.join(kinds)}."


def _cards(gpus: Iterable[LabGpu]) -> str:
    return " + ".join(f"{n} × {name}" for name, n in Counter(gpu.name for gpu in gpus).items())

"""Runs as small pictures, and as the sentences that say the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from infra.history import History, Run
from infra.page_render import day
from infra.verdict import Report
from infra.wording import counted

SHOWN_RUNS = 30
"""How many runs a picture has: a month of nights."""


@dataclass(frozen=True)
class Bar:
    """One run in a picture: failed stands on the line, unproven hangs from it."""

    at: int
    """Its place from the left."""
    started: datetime
    failed: int
    unproven: int
    known: bool = True
    """Whether the node was part of that run."""

    @property
    def found(self) -> bool:
        """Whether anything was found."""
        return bool(self.failed or self.unproven)


@dataclass(frozen=True)
class Spark:
    """A picture of runs for the whole fleet or for one node, and what it says in words."""

    name: str
    """The node's; empty for the whole fleet."""
    bars: tuple[Bar, ...]
    above: int
    """The most that failed in one run; at least 1, so that pictures have a height."""
    below: int
    """The most that was unproven in one run; at least 1."""
    sentence: str


@dataclass(frozen=True)
class Trend:
    """How a number compares with the run before; `difference` is None without one."""

    now: int
    difference: int | None

    @property
    def sentence(self) -> str:
        """The comparison in words; empty without a run before."""
        if self.difference is None:
            return ""
        if not self.difference:
            return "as in the run before"
        return f"{abs(self.difference)} {'more' if self.difference > 0 else 'fewer'} than before"


def shown_runs(history: History) -> tuple[Run, ...]:
    """The runs that pictures show, oldest first."""
    return history.runs[-SHOWN_RUNS:]


def is_run(report: Report, history: History) -> bool:
    """Whether the report is one of the runs: one of a part of the inventory is not."""
    return bool(history.runs) and history.runs[-1].started == report.started


def before(report: Report, history: History) -> Run | None:
    """The run before this report's; None when it is the first one, or no run of the whole."""
    if not is_run(report, history):
        return None
    earlier = [run for run in history.runs if run.started < report.started]
    return earlier[-1] if earlier else None


def trends(report: Report, earlier: Run | None) -> dict[str, Trend]:
    """By word how many there are, and how that compares with the run before."""
    words = ("failed", "unproven", "waived", "passed")
    return {
        word: Trend(now, None if earlier is None else now - int(getattr(earlier, word)))
        for word in words
        for now in [int(getattr(report, word))]
    }


def fleet_spark(runs: Sequence[Run]) -> Spark:
    """The picture of the whole fleet."""
    return _spark("", [Bar(at, r.started, r.failed, r.unproven) for at, r in enumerate(runs)])


def node_sparks(runs: Sequence[Run], *, nodes: Sequence[str]) -> tuple[Spark, ...]:
    """A picture a node, in this order."""
    return tuple(
        _spark(node, [_bar(at, run, node) for at, run in enumerate(runs)]) for node in nodes
    )


def _bar(at: int, run: Run, node: str) -> Bar:
    known = node in run.by_node
    _, failed, unproven = run.by_node.get(node, (0, 0, 0))
    return Bar(at, run.started, failed, unproven, known)


def _spark(name: str, bars: Sequence[Bar]) -> Spark:
    above = max((bar.failed for bar in bars), default=0)
    below = max((bar.unproven for bar in bars), default=0)
    return Spark(name, tuple(bars), max(above, 1), max(below, 1), _sentence(bars))


def _sentence(bars: Sequence[Bar]) -> str:
    known = [bar for bar in bars if bar.known]
    if not known:
        return "not checked before"
    runs = counted(len(known), "run")
    found = [bar for bar in known if bar.found]
    if not found:
        return f"no finding in {runs}"
    last, worst = known[-1], max(known, key=lambda bar: bar.failed)
    now = f"now {_counts(last)}" if last.found else f"no finding since {day(_clean(known))}"
    many = f"; findings in {len(found)} of {runs}"
    most = f"; most failed: {worst.failed} on {day(worst.started)}"
    return f"{now}{many}{most if worst.failed > last.failed else ''}"


def _counts(bar: Bar) -> str:
    counts = ((bar.failed, "failed"), (bar.unproven, "not proven"))
    return ", ".join(f"{number} {word}" for number, word in counts if number)


def _clean(known: Sequence[Bar]) -> datetime:
    """Start of the first run after the last one that found anything."""
    found = [at for at, bar in enumerate(known) if bar.found]
    return known[found[-1] + 1].started

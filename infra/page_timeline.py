"""Where everything stands in the picture of a drill: plain numbers, in pixels of the picture."""

from collections.abc import Iterator
from dataclasses import dataclass

from infra.page_ledger import DrillLedger, Entry
from infra.page_scale import moments, rounded
from infra.wording import duration

WIDE, NARROW = 960, 340
"""Widths of the picture: on a desk, and on a phone."""
_PAD = 16
_FOOT = 24
_LEAST = 2.0
"""Width of the shortest bar."""
_LABEL, _VALUE = 184, 100
"""Room for names and for figures, where they stand beside the bars."""
_CHARACTERS = 24
"""How much of a name is written; a title holds it whole."""


@dataclass(frozen=True)
class Bar:
    """One line of the picture."""

    label: str
    title: str
    value: str
    kind: str
    """`measured`, `estimated` or `failed`."""
    text: float
    """Where its words stand, from the top."""
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Tick:
    """A line of the scale."""

    x: float
    label: str


@dataclass(frozen=True)
class Picture:
    """A picture's measures and all that is in it."""

    width: int
    height: float
    left: float
    right: float
    """Where bars begin and end."""
    totals: tuple[Bar, ...]
    budget: float
    """Where the budget's line stands, from the left."""
    budget_label: str
    budget_end: float
    stages: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    top: float
    """Where the stages begin; their scale is written above."""
    pauses: tuple[tuple[float, float], ...]
    """Left edge and width of the times in which nobody worked at it."""


@dataclass(frozen=True)
class _Frame:
    """How lines are laid out at a width: names beside their bars, or above them."""

    width: int

    @property
    def narrow(self) -> bool:
        return self.width < 600

    @property
    def left(self) -> float:
        return _PAD if self.narrow else _LABEL

    @property
    def right(self) -> float:
        return self.width - (_PAD if self.narrow else _VALUE)

    @property
    def line(self) -> float:
        return 38 if self.narrow else 28

    def bar(
        self, label: str, *, seconds: float, begun: float, whole: float, top: float, kind: str
    ) -> Bar:
        """A bar on a scale that ends at `whole` seconds."""
        room = self.right - self.left
        x = self.left + room * begun / whole
        width = max(room * seconds / whole, _LEAST)
        return Bar(
            label=label if len(label) <= _CHARACTERS else f"{label[: _CHARACTERS - 1]}…",
            title=f"{label}: {duration(seconds)}",
            value=duration(seconds),
            kind=kind,
            text=top + (13 if self.narrow else 17),
            x=round(min(x, self.right - width), 1),
            y=top + (19 if self.narrow else 6),
            width=round(width, 1),
        )


def picture(ledger: DrillLedger, *, width: int = WIDE) -> Picture:
    """The picture of a drill: its time against the budget, then stage by stage."""
    frame = _Frame(width)
    totals = tuple(_totals(ledger, frame=frame))
    longest = max(ledger.seconds, ledger.budget, ledger.estimate or 0.0, 1.0)
    room = frame.right - frame.left
    top = 34 + len(totals) * frame.line + 46
    whole = max([ledger.seconds, *map(_end, ledger.entries), 1.0])
    stages = tuple(_stages(ledger, frame=frame, top=top, whole=whole))
    return Picture(
        width=width,
        height=top + len(stages) * frame.line + _FOOT,
        left=frame.left,
        right=frame.right,
        totals=totals,
        budget=round(frame.left + room * ledger.budget / longest, 1),
        budget_label=f"budget {rounded(ledger.budget)}",
        budget_end=34 + len(totals) * frame.line,
        stages=stages,
        ticks=tuple(
            Tick(round(frame.left + room * at / whole, 1), rounded(at))
            for at in moments(whole, most=4 if frame.narrow else 8)
        ),
        top=top,
        pauses=tuple(
            (
                round(frame.left + room * pause.begun / whole, 1),
                round(max(room * (pause.ended - pause.begun) / whole, _LEAST), 1),
            )
            for pause in ledger.pauses
        ),
    )


def _totals(ledger: DrillLedger, *, frame: _Frame) -> Iterator[Bar]:
    """The whole as measured, and as it would be on real hardware."""
    longest = max(ledger.seconds, ledger.budget, ledger.estimate or 0.0, 1.0)
    measured = "failed" if ledger.result != "ok" else "measured"
    yield frame.bar(
        "measured", seconds=ledger.seconds, begun=0, whole=longest, top=34, kind=measured
    )
    if ledger.estimate is not None:
        yield frame.bar(
            "real hardware, estimate",
            seconds=ledger.estimate,
            begun=0,
            whole=longest,
            top=34 + frame.line,
            kind="estimated",
        )


def _stages(ledger: DrillLedger, *, frame: _Frame, top: float, whole: float) -> Iterator[Bar]:
    for at, entry in enumerate(ledger.entries):
        yield frame.bar(
            entry.name,
            seconds=entry.seconds,
            begun=entry.started or 0.0,
            whole=whole,
            top=top + at * frame.line,
            kind="failed" if entry.failed else "measured",
        )


def _end(entry: Entry) -> float:
    return (entry.started or 0.0) + entry.seconds

"""The record of a drill for people: a page, a picture of its time, Markdown."""

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from infra.page_fleet import SIGNS
from infra.page_ledger import DrillLedger, Entry, read
from infra.page_render import render
from infra.page_scale import rounded
from infra.page_timeline import NARROW, WIDE, picture
from infra.wording import duration

_MARKS = re.compile(r"([\\`*<>|\[\]])")
_BLOCKS = 24
"""Width of the longest bar in Markdown, in characters."""
_SIMULATED = "Simulated hardware: no figure measured here is one of real machines."


def page(record: Mapping[str, Any]) -> str:
    """One HTML page that needs nothing else, of a drill's record."""
    ledger = read(record)
    return render(
        "report/drill.html.j2",
        ledger=ledger,
        budget=rounded(ledger.budget),
        sign=SIGNS[ledger.state],
        wide=Markup(_svg(ledger, width=WIDE)),
        narrow=Markup(_svg(ledger, width=NARROW)),
    )


def timeline_svg(record: Mapping[str, Any], *, width: int = WIDE) -> str:
    """A picture of where the time went, as an SVG file of that width."""
    return _svg(read(record), width=width)


def markdown(record: Mapping[str, Any], *, timeline: str | None = None) -> str:
    """The record as Markdown; `timeline` is the address of its picture, where there is one."""
    ledger = read(record)
    picture_of_it = f"![Where the time went]({timeline})" if timeline else ""
    assumed = "" if ledger.estimate is None else "; ".join(ledger.assumptions)
    paragraphs = (
        f"# {SIGNS[ledger.state]} {_plain(ledger.headline)}",
        _summary(ledger),
        _SIMULATED if ledger.simulated else "",
        f"Failed: {_plain(ledger.error)}" if ledger.error else "",
        picture_of_it,
        "\n".join(_table(ledger)),
        f"The estimate rests on {_plain(assumed)}." if assumed else "",
    )
    return "\n\n".join(one for one in paragraphs if one) + "\n"


def _svg(ledger: DrillLedger, *, width: int) -> str:
    return render("report/timeline.svg.j2", ledger=ledger, picture=picture(ledger, width=width))


def _summary(ledger: DrillLedger) -> str:
    checks = ", ".join(f"{count} {word}" for word, count in ledger.checks.items())
    parts = [
        f"Budget {rounded(ledger.budget)}",
        ledger.losses,
        f"checks: {checks or 'none'}",
        *([f"on real hardware about {duration(ledger.estimate)}"] if ledger.estimate else []),
        *([f"started {ledger.started:%Y-%m-%d %H:%M %Z}".strip()] if ledger.started else []),
        f"inventory {ledger.inventory}",
    ]
    return _plain(" · ".join(parts))


def _table(ledger: DrillLedger) -> list[str]:
    longest = max([one.seconds for one in ledger.entries], default=0.0)
    rows = [_row(one, bar=_blocks(one.seconds, longest)) for one in ledger.entries]
    parts = [_row(one, bar="(part of these)") for one in ledger.parts]
    head = "| stage | | measured | on real hardware | |"
    return [head, "|---|---|--:|--:|---|", *rows, *parts]


def _row(one: Entry, *, bar: str) -> str:
    name = f"✗ {one.name} (failed)" if one.failed else one.name
    estimate = "" if one.estimate is None else duration(one.estimate)
    cells = (name, bar, duration(one.seconds), estimate, one.note)
    return f"| {' | '.join(_plain(cell) for cell in cells)} |"


def _blocks(seconds: float, longest: float) -> str:
    return "█" * max(1, round(_BLOCKS * seconds / longest)) if longest else ""


def _plain(text: str) -> str:
    """Text that Markdown takes for text."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))

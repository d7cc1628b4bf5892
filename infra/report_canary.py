"""What people read of a canary: its share, its answers beside main's, and what to do next."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.canary import Compared
from infra.golden_asking import Reply
from infra.hanging import Hanging
from infra.report_rotation import held_by
from infra.rotation import Canary, Hold
from infra.wording import counted, duration, listed

Lines = Iterator[RenderableType]
_DIFFERENT_LINES = 8


def is_set(canary: Canary, *, inventory: Path, holds: Sequence[Hold], now: datetime) -> Lines:
    """What a canary gets from now on, what keeps it from that, and how it goes on."""
    yield _answer(f"{canary.node} is a canary: it gets {gets(canary)}.", ok=True)
    for hold in holds:
        yield Hanging(Text(f"Nothing yet: it is {held_by(hold, now=now)}."))
    node = canary.node
    yield _hint(f"Change it: infra deploy {inventory} --limit {node}")
    yield _hint(f"Then: infra canary promote {inventory} {node}, or infra canary abort …")


def gets(canary: Canary) -> str:
    """Its share in words: `5 % of requests to /v1/embeddings, the same clients each time`."""
    where = f" to {listed(canary.endpoints)}" if canary.endpoints else ""
    return f"{canary.share:g} % of requests{where}, the same clients each time"


def shown(canaries: Mapping[str, Mapping[str, Canary]], *, now: datetime) -> Lines:
    """Every canary by model; a line a balancer where they do not say the same."""
    told: dict[str, list[str]] = {}
    for balancer, by_model in canaries.items():
        for model, one in by_model.items():
            age = duration((now - datetime.fromisoformat(_with_zone(one.since))).total_seconds())
            line = f"{model}: {one.node} gets {gets(one)} (by {one.by}, {age} ago)"
            told.setdefault(line, []).append(balancer)
    if not told:
        yield Text("No node is a canary.")
    for line, balancers in told.items():
        where = "" if len(balancers) == len(canaries) else f"; only on {listed(balancers)}"
        yield Hanging(Text(f"{line}{where}"), first="")


def answers(compared: Sequence[Compared], *, canary: str, main: str | None) -> Lines:
    """A line a prompt, speeds side by side, then what each bad answer lacks and how it differs."""
    if not compared:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for head in ("", "golden prompt"):
        table.add_column(head)
    for head in ("first token\n{}", "tokens/s\n{}"):
        for name in ([main] if main is not None else []) + [canary]:
            table.add_column(head.format(name), justify="right")
    for one in compared:
        replies = ([one.main] if one.main is not None else []) + [one.canary]
        speeds = [*map(_first_token, replies), *map(_speed, replies)]
        table.add_row(_sign(not one.falls_short), one.name, *speeds)
    yield table
    for one in compared:
        yield from _told(one, main=main)


def promoted(node: str, *, compared: Sequence[Compared], forced: bool) -> Lines:
    """That a canary is one of its pool."""
    good = f", {counted(len(compared), 'golden prompt')} answered well" if compared else ""
    by = " although its answers were not proven" if forced else good
    yield _answer(f"{node} is no canary any more: it is one of its pool{by}.", ok=True)


def refused(node: str, compared: Sequence[Compared], *, inventory: Path) -> Lines:
    """That a canary's answers fall short, so it stays a canary."""
    bad = sum(bool(one.falls_short) for one in compared)
    told = f"{node} falls short in {bad} of {counted(len(compared), 'golden prompt')}"
    yield _answer(f"{told}; it stays a canary.", ok=False)
    yield _hint(f"Take it out: infra canary abort {inventory} {node}")
    yield _hint(f"All the same: infra canary promote {inventory} {node} --force")


def without_proof(node: str, why: str, *, inventory: Path, mend: str) -> Lines:
    """That there is nothing by which a canary's answers could be judged."""
    yield _answer(f"{node} was not promoted: {why}.", ok=False)
    yield _hint(mend)
    yield _hint(f"Without: infra canary promote {inventory} {node} --force")


def aborted(node: str, *, inventory: Path) -> Lines:
    """That a canary gets nothing any more, and how it comes back."""
    yield _answer(f"{node} is no canary any more and gets no requests.", ok=True)
    yield _hint(f"Mend it: infra deploy {inventory} --limit {node}")
    yield _hint(f"Back in with a share: infra canary set {inventory} {node} --share 5")


def forgotten(node: str) -> Lines:
    """That one which is no node of the inventory any more is no canary either."""
    yield _answer(f"{node} is no canary any more, and no node of this inventory.", ok=True)


def _told(one: Compared, *, main: str | None) -> Lines:
    for line in one.falls_short:
        yield Hanging(Text(f"{one.name}: {line}"), first="")
    if one.falls_short and one.main_falls_short:
        yield Hanging(
            Text(f"{one.name}: {main} falls short as well: {one.main_falls_short[0]}", "dim")
        )
    lines = one.differences[2:] if one.falls_short else ()
    for line in lines[:_DIFFERENT_LINES]:
        yield Hanging(Text(line, "dim"))
    if not one.falls_short and one.main is not None and one.main.text != one.canary.text:
        yield Hanging(Text(f"{one.name}: worded differently than by {main}", "dim"), first="")


def _first_token(reply: Reply) -> str:
    seconds = reply.first_token_seconds
    return "–" if seconds is None else f"{seconds:.2f} s"


def _speed(reply: Reply) -> str:
    return "–" if reply.tokens_per_second is None else f"{reply.tokens_per_second:.1f}"


def _sign(ok: bool) -> Text:
    return Text("✓", "bold green") if ok else Text("✗", "bold red")


def _answer(sentence: str, *, ok: bool) -> Hanging:
    return Hanging(_sign(ok).append(f" {sentence}", "bold default"), first="")


def _hint(text: str) -> Hanging:
    return Hanging(Text(text, "dim"))


def _with_zone(iso: str) -> str:
    """Python 3.10 does not read a trailing Z."""
    return f"{iso[:-1]}+00:00" if iso.endswith("Z") else iso

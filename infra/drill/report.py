"""What people read of a drill: how long it took, a line a stage, and what is to be done."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.hanging import Hanging
from infra.wording import counted, duration

Lines = Iterator[RenderableType]
_BAR = 24
_EIGHTHS = " ▏▎▍▌▋▊▉"
_WORDS = {"ok": ("✓", "green"), "over_budget": ("✗", "red"), "failed": ("✗", "red")}


def summary(record: Mapping[str, Any], *, inventory: Path) -> Lines:
    """What a drill came to."""
    mark, colour = _WORDS[record["result"]]
    yield Hanging(
        Text(mark, f"bold {colour}").append(f" {_head(record)}", "bold default"), first=""
    )
    if record["hardware"] == "simulated":
        yield Hanging(Text("Simulated hardware: not a figure for real iron.", "dim"))
    yield _table(record)
    for gap in record["taken_up"]:
        after = duration(gap["after"])
        text = f"Taken up at {gap['stage'] or 'its beginning'}, {after} after it was last heard of."
        yield Hanging(Text(text, "dim"))
    yield from _outcome(record, inventory=inventory)
    yield from _estimate(record)


def _head(record: Mapping[str, Any]) -> str:
    took, budget = duration(record["seconds"]), _budget(record["budget_seconds"])
    if record["result"] == "failed":
        return f"Rebuild of {record['node']} failed at {record['failed_stage']} after {took}"
    over = ", over its budget" if record["result"] == "over_budget" else ""
    return f"Rebuild of {record['node']} from clean: {took} of {budget}{over}"


def _budget(seconds: float) -> str:
    return f"{seconds / 60:g} min"


def _table(record: Mapping[str, Any]) -> Table:
    made = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    made.add_column("", width=0)
    made.add_column("stage", no_wrap=True)
    made.add_column("bar", no_wrap=True, width=_BAR)
    made.add_column("seconds", justify="right", no_wrap=True)
    made.add_column("note")
    longest = max((one["seconds"] for one in record["stages"]), default=0.0)
    for one in record["stages"]:
        part = one["kind"] == "part"
        style = "dim" if part else ""
        made.add_row(
            "",
            Text(f"of which {one['stage']}" if part else one["stage"], style),
            "" if part else Text(bar(one["seconds"], longest=longest), "cyan"),
            Text(duration(one["seconds"]), style),
            Text(one["note"], style),
        )
    return made


def bar(seconds: float, *, longest: float) -> str:
    """A bar as long as its share of the longest; the shortest is a hair's breadth."""
    eighths = max(1, round(8 * _BAR * seconds / longest)) if longest else 1
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def _outcome(record: Mapping[str, Any], *, inventory: Path) -> Lines:
    lost, node = record["requests_lost"], record["node"]
    if lost is None:
        yield Hanging(Text("Requests lost: no balancer could tell.", "dim"))
    else:
        told = counted(lost, "request")
        yield Hanging(Text(f"{told} lost meanwhile.", "red" if lost else ""))
        for one in record["lost"][:5]:
            yield Hanging(Text(f"  {_loss(one)}", "dim"))
    if record["error"] is None:
        return
    yield Hanging(Text(record["error"]))
    again = f"infra drill {inventory} {node}"
    yield Hanging(Text(f"{node} stays out of rotation. Mend it, then go on: {again}"))
    yield Hanging(Text(f"Or give the drill up: {again} --abandon", "dim"))


def _loss(one: Mapping[str, Any]) -> str:
    times = one.get("count", 1)
    return f"{one['when']}  {one['what']}{f' × {times}' if times > 1 else ''}".strip()


def _estimate(record: Mapping[str, Any]) -> Lines:
    if record["estimate_seconds"] is None or record["result"] == "failed":
        return
    parts = [
        f"{one['stage']} {duration(one['estimate'])}"
        for one in record["stages"]
        if one["stage"] in ("install", "downloads", "reboots") and one["estimate"]
    ]
    whole = duration(record["estimate_seconds"])
    yield Hanging(Text(f"On real hardware, estimated: {whole}, of it {', '.join(parts)}.", "dim"))
    for assumption in record["assumptions"]:
        yield Hanging(Text(f"  assumed: {assumption}", "dim"))

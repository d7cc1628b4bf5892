"""What people read of a dry run: per node what would change, and the differences of files."""

from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.hanging import Hanging
from infra.outcome import FileDifference, NodeOutcome, RoleOutcome
from infra.wording import counted, duration

_STYLES = {"+++": "bold", "---": "bold", "@@": "cyan", "+": "green", "-": "red"}


def plan(
    outcomes: Sequence[NodeOutcome], *, inventory: Path, seconds: float, serving: Set[str]
) -> Iterator[RenderableType]:
    """Every node's operations that would change something, role by role, and what they stop.

    `serving` are the nodes that are in rotation.
    """
    for outcome in outcomes:
        if outcome.changed:
            yield from _node(outcome, serves=outcome.node in serving)
    planned = [outcome for outcome in outcomes if outcome.status == "ok"]
    changes = sum(outcome.changed for outcome in planned)
    if planned:
        yield Hanging(Text(_counts(changes, nodes=len(planned), seconds=seconds)), first="")
    if len(planned) < len(outcomes):
        lost = counted(len(outcomes) - len(planned), "node")
        yield Hanging(Text(f"{lost} could not be planned. Nothing was touched."), first="")
    elif changes:
        yield Hanging(Text(f"Do it with: infra deploy {inventory}", "dim"))


def _node(outcome: NodeOutcome, *, serves: bool) -> Iterator[RenderableType]:
    until = ":" if outcome.status == "ok" else " before it fails:"
    head = f" would change {outcome.changed}{until}"
    yield Text(outcome.node, "bold").append(head, "not bold")
    yield from (Hanging(_role(role), rest=" " * 6) for role in outcome.roles if role.changed)
    if outcome.disruptions:
        yield Hanging(Text(_disrupted(outcome, serves=serves), "yellow"), rest=" " * 6)
    yield from (Hanging(Text(remark, "yellow"), rest=" " * 6) for remark in outcome.remarks)
    yield from differences(outcome.differences)


def _disrupted(outcome: NodeOutcome, *, serves: bool) -> str:
    why = "; ".join(outcome.disruptions)
    if not serves:
        return f"disrupted: {why} (it is not in rotation: no request is concerned)"
    return f"disrupted: {why} (it serves: in its turn it leaves rotation, finishes, comes back)"


def _counts(changes: int, *, nodes: int, seconds: float) -> str:
    where = counted(nodes, "node")
    if not changes:
        return f"Nothing would change on {where} ({duration(seconds)})."
    found = counted(changes, "change")
    return f"{found} on {where} planned in {duration(seconds)}. Nothing was touched."


def differences(found: Sequence[FileDifference]) -> Iterator[RenderableType]:
    """Unified diffs, indented; colours only repeat what the signs say."""
    for difference in found:
        if difference.text.startswith("---"):
            yield from (_diff_line(line) for line in difference.text.splitlines())
        elif difference.text:
            yield Hanging(Text(f"{difference.path}: {difference.text}", "dim"), first="    ")


def _role(role: RoleOutcome) -> Text:
    names = dict.fromkeys(done.name for done in role.operations if done.changed)
    return Text(f"{role.role}  ", "cyan").append(" · ".join(names), "default")


def _diff_line(line: str) -> Hanging:
    style = next((style for mark, style in _STYLES.items() if line.startswith(mark)), "default")
    return Hanging(Text(line, style), first="    ", rest="      ")

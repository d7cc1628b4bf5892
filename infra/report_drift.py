"""What people read of drift: what a deploy would change, a line a role."""

from collections.abc import Iterator
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from infra.drift import Drift, NodeDrift
from infra.hanging import Hanging
from infra.wording import counted, duration


def headline(drift: Drift) -> str:
    """What it comes to, in a sentence."""
    nodes = [node for node in drift.nodes if not node.problem]
    lost = len(drift.nodes) - len(nodes)
    if lost and not nodes and not drift.changes:
        return f"Drift is not known: of {counted(lost, 'node')} it could not be told"
    text = f"Drift: a deploy would change {counted(drift.changes, 'thing')}"
    text = "No drift: a deploy would change nothing" if not drift.changes else text
    text += f" on {counted(len(nodes), 'node')}"
    return text + (f"; of {counted(lost, 'node')} it could not be told" if lost else "")


def lines(drift: Drift, *, inventory: Path) -> Iterator[RenderableType]:
    """What to print of it, in order."""
    style = "yellow" if drift.found else "default"
    yield Hanging(Text(headline(drift), style).append(f" ({duration(drift.seconds)})", "dim"), "")
    for node in drift.found:
        yield from _node(node)
    if drift.changes:
        yield Hanging(Text(f"Do it with: infra deploy {inventory}", "dim"))


def _node(node: NodeDrift) -> Iterator[RenderableType]:
    for role, names in node.roles.items():
        text = f"{node.node} · {role} · {', '.join(dict.fromkeys(names))}"
        yield Hanging(Text(text), rest=" " * 6)
    if node.disruptions:
        text = f"{node.node} · disrupted by it: {'; '.join(node.disruptions)}"
        yield Hanging(Text(text, "yellow"), rest=" " * 6)
    if node.problem:
        yield Hanging(Text(f"{node.node} · {node.problem}", "yellow"), rest=" " * 6)

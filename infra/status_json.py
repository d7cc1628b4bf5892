"""A status for machines: everything that the screen shows, and what it was made of."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from infra.report_status import Screen, shares_of, views
from infra.rotation import Rotated
from infra.site import Node
from infra.status import Look


def as_json(nodes: Sequence[Node], looks: Mapping[str, Look], shown: Screen) -> dict[str, Any]:
    """The same for machines; columns as they are shown."""
    seen, shares = views(looks), shares_of(looks)
    rows = {node.name: row for node, row in zip(nodes, shown.rows, strict=True)}
    return {
        "nodes": [
            {
                "node": node.name,
                "group": node.group,
                "spare": node.spare,
                "reached": looks[node.name].problem is None,
                "problem": looks[node.name].problem,
                "unreachable_since": looks[node.name].since or None,
                "up_seconds": looks[node.name].up_seconds,
                "boot_id": looks[node.name].boot_id,
                "columns": {name: asdict(cell) for name, cell in rows[node.name].cells.items()},
                "rotation": [_view(view) for view in seen.get(node.name, ())],
                "share": shares.get(node.name),
                **{name: _short(record) for name, record in looks[node.name].records.items()},
            }
            for node in nodes
        ],
        "notes": [str(note) for note in shown.notes],
    }


def _view(view: Rotated) -> dict[str, Any]:
    return {
        "state": view.state,
        "in_flight": view.in_flight,
        "answers": view.answers,
        "holds": [asdict(hold) for hold in view.holds],
    }


def _short(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without its long lists: each verdict, each role, each stage."""
    return {key: value for key, value in record.items() if not isinstance(value, list | dict)}

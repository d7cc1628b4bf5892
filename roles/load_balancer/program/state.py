"""State: which nodes are held, by whom and why. A node is in only without holds.

A state is the JSON of its file: nodes with their holds, the canary of each model, swaps of dead
nodes for spares. Keys that are not known here are kept as they are.
"""

import json
from typing import Any

from roles.load_balancer.program.files import Failed, text_of

State = dict[str, Any]
_FIELDS = ("owner", "reason", "by", "since")
_TABLES = {
    "canary": {"node", "share", "endpoints", "by", "since"},
    "swaps": {"spare", "by", "since"},
}


def good_copy(path: str) -> str:
    """Where the last state lies that nginx has taken up."""
    return f"{path}.good"


def state_at(path: str) -> State:
    """The state in a file; empty when there never was one. Failed when it cannot be read."""
    text, way_out = text_of(path), "take back the last good one: infra-rotation restore"
    if text is None:
        if text_of(good_copy(path)) is not None:
            raise Failed(f"{path} is gone, and with it who is held; {way_out}")
        return parse_state("{}")
    try:
        return parse_state(text)
    except ValueError as problem:
        raise Failed(f"{path} cannot be read ({problem}); mend it, or {way_out}") from problem


def parse_state(text: str) -> State:
    """The state in a text; ValueError when it is none."""
    said = json.loads(text)
    if not isinstance(said, dict) or not isinstance(said.setdefault("nodes", {}), dict):
        raise ValueError("no table of nodes")
    for name, node in said["nodes"].items():
        if not isinstance(node, dict) or not isinstance(node.get("holds", []), list):
            raise ValueError(f"{name}: no list of holds")
        holds = node.get("holds", [])
        if not all(isinstance(hold, dict) and set(_FIELDS) <= set(hold) for hold in holds):
            raise ValueError(f"{name}: a hold needs {', '.join(_FIELDS)}")
    _need_tables(said)
    return dict(said)


def state_text(state: State) -> str:
    """The text of a state's file."""
    return json.dumps(state, indent=1, ensure_ascii=False) + "\n"


def holds_on(state: State, node: str) -> list[dict[str, str]]:
    """Who holds a node: owner, reason, by, since."""
    found = state["nodes"].get(node, {}).get("holds", [])
    return [{field: hold[field] for field in _FIELDS} for hold in found]


def state_of(state: State, node: str) -> str:
    """`in`, `draining` (requests may be under way there) or `out`."""
    if not holds_on(state, node):
        return "in"
    return "out" if state["nodes"][node].get("state") == "out" else "draining"


def with_hold(state: State, node: str, *, hold: dict[str, str]) -> State:
    """The state with a hold more; an owner's earlier one is replaced, and keeps its `since`."""
    before = state["nodes"].get(node, {}).get("holds", [])
    mine: State = next((one for one in before if one["owner"] == hold["owner"]), {})
    others = [one for one in before if one["owner"] != hold["owner"]]
    since = mine.get("since", hold["since"])
    merged = {**mine, **hold, "since": since}
    return _with(state, node, {"state": _when_held(state, node), "holds": [*others, merged]})


def without_hold(state: State, node: str, *, owner: str) -> State:
    """The state without an owner's hold; the same state when there is none."""
    before = state["nodes"].get(node, {}).get("holds", [])
    left = [one for one in before if one["owner"] != owner]
    if left == before:
        return state
    return _with(state, node, {"state": state_of(state, node) if left else "in", "holds": left})


def as_out(state: State, node: str) -> State:
    """The state with a held node called out: nothing is under way there any more."""
    return _with(state, node, {"state": "out"})


def _need_tables(said: State) -> None:
    for table, fields in _TABLES.items():
        entries = said.setdefault(table, {})
        if not isinstance(entries, dict):
            raise ValueError(f"{table} is no table")
        for name, entry in entries.items():
            if not isinstance(entry, dict) or not fields <= set(entry):
                raise ValueError(f"{table}: {name} needs {', '.join(sorted(fields))}")


def _when_held(state: State, node: str) -> str:
    found = state_of(state, node)
    return "draining" if found == "in" else found


def _with(state: State, node: str, changes: dict[str, object]) -> State:
    known = state["nodes"].get(node, {})
    return {**state, "nodes": {**state["nodes"], node: {**known, **changes}}}

"""The end of a drill, good or bad: its record, on the node and with the inventory's history."""

import json
import shlex
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from infra import balancers, node_state, place
from infra.drill import estimate, losses
from infra.drill.record import Failure, Record
from infra.drill.work import Drill
from infra.files import write_atomic
from infra.masked import masked
from infra.session import NoAnswerError

LAST_DRILL = "last_drill.json"
"""Name of the newest record on the node, under node_state.FOLDER."""
_SECONDS = 30.0


def recorded(drill: Drill, failure: Failure | None) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The record, kept with the inventory and on the node; and what was in the way of that."""
    found = record(drill, failure)
    content: dict[str, Any] = masked(found.as_json())
    name = f"{found.started:%Y%m%dT%H%M%S}-{drill.node.name}.json"
    at = place.of(drill.inventory) / "drills" / name
    remarks = (_kept(at, json.dumps(content, indent=1)), _left_on_node(drill, json.dumps(content)))
    return content, tuple(remark for remark in remarks if remark is not None)


def record(drill: Drill, failure: Failure | None) -> Record:
    """What the drill came to; the balancers are asked for the requests lost."""
    running, simulated = drill.running, drill.node.lab is not None
    seconds, sizes = running.seconds, drill.plan.sizes
    stages = estimate.with_parts(running.stages)
    lost = losses.lost_since(
        running.marks,
        balancers=balancers.of(drill.site),
        node=drill.node.name,
        connect=drill.session,
    )
    return Record(
        inventory=str(drill.inventory),
        node=drill.node.name,
        by=running.by,
        started=datetime.fromtimestamp(running.started, timezone.utc),
        seconds=seconds,
        budget_seconds=drill.plan.budget_seconds,
        simulated=simulated,
        driver=drill.driver.name,
        lock=node_state.digest(drill.node.settings),
        stages=estimate.estimated(stages, sizes=sizes) if simulated else stages,
        checks=running.checks,
        lost=lost,
        taken_up=tuple(running.taken_up),
        failure=failure,
        assumptions=estimate.assumptions(stages, sizes=sizes) if simulated else (),
    )


def _kept(at: Path, text: str) -> str | None:
    """What was in the way of keeping the record here."""
    try:
        write_atomic(at, text, mode=0o600)
    except OSError as problem:
        return f"{at} could not be written: {problem.strerror}"
    return None


def _left_on_node(drill: Drill, text: str) -> str | None:
    """What was in the way of leaving the record on the node."""
    asked = drill.session(drill.node)
    asked.open()
    try:
        leave = node_state.leave_command(LAST_DRILL)
        said = asked.run(f"printf '%s\\n' {shlex.quote(text)} | {{ {leave}; }}", seconds=_SECONDS)
        why = said.stderr.decode(errors="replace").strip() if said.status != 0 else None
    except NoAnswerError as problem:
        why = str(problem)
    finally:
        asked.close()
    at = f"{node_state.FOLDER}/{LAST_DRILL}"
    return None if why is None else f"{drill.node.name}: {at} could not be written: {why}"

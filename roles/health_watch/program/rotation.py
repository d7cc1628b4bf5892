"""Rotation: who holds which node, read from its state; changed through its program alone."""

import asyncio
import json
from typing import Any

from roles.health_watch.program.deciding import GATE, HEALTH, HOLD, Act

PROGRAM = "/usr/local/sbin/infra-rotation"
ROTATION = "/var/lib/infra/rotation.json"
BY = "infra-health"
REFUSED_STATUS = 3
"""Exit status of a hold that would leave too few in."""


def parse_holds(text: str) -> dict[str, dict[str, str]] | None:
    """Reasons by owner for each node that is held; None when the text is no state."""
    if not text:
        return {}
    try:
        nodes: dict[str, Any] = json.loads(text)["nodes"]
        return {
            node: {str(one["owner"]): str(one["reason"]) for one in said.get("holds", [])}
            for node, said in nodes.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def gated_here(text: str) -> frozenset[str]:
    """Nodes whose gate a watch holds, no deploy and no person; none where the text is no state."""
    try:
        nodes: dict[str, Any] = json.loads(text)["nodes"]
        return frozenset(
            node
            for node, said in nodes.items()
            for one in said.get("holds", [])
            if (one["owner"], one["by"]) == (GATE, BY)
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset()


def argv_of(act: Act, *, node: str, floor: int, program: str = PROGRAM) -> tuple[str, ...]:
    """Command that does it. The gate knows no floor: who is not proven is not let in."""
    owner = ("--owner", act.owner)
    if act.verb != HOLD:
        return (program, act.verb, node, *owner)
    keep = floor if act.owner == HEALTH else 0
    told = ("--reason", act.reason, "--by", BY, "--keep", str(keep))
    return (program, HOLD, node, *owner, *told)


async def run(argv: tuple[str, ...], *, seconds: float) -> tuple[int, str, str]:
    """Exit status, output and complaint of a command; it is ended when it takes longer."""
    pipe = asyncio.subprocess.PIPE
    try:
        process = await asyncio.create_subprocess_exec(*argv, stdout=pipe, stderr=pipe)
    except OSError as problem:
        return 127, "", str(problem)
    try:
        out, complaint = await asyncio.wait_for(process.communicate(), seconds)
    except (asyncio.TimeoutError, TimeoutError):
        process.kill()
        await process.wait()
        return 124, "", f"{argv[0]} did not end within {seconds:g} s"
    status = process.returncode or 0
    return status, out.decode(errors="replace"), complaint.decode(errors="replace").strip()

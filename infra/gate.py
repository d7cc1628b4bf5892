"""The gate of a node: whether it may serve, judged from its checks for its boot and its lock.

The record lies on the node. It holds for the boot and the lock of which it speaks: after a reboot,
and under another promise, the node has to pass its checks again before it serves.
"""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timezone
from typing import Any

from infra import role
from infra.node_state import FOLDER, GATE, PROMISED, digest
from infra.observed import BOOT_ID_COMMAND
from infra.site import Node
from infra.verdict import WAIVER, Verdict
from infra.waivers import Waiver, waiving
from infra.wording import counted

NOTHING = "nothing was checked"
"""Why a gate is shut for want of a check."""
_LONGEST = 300
_GATE = ', "gate": '
"""What stands between the rest of a standing and its gate, which somebody may have damaged."""


@dataclass(frozen=True)
class Gate:
    """Whether a node may serve, for one boot and one lock."""

    boot_id: str
    lock: str
    """Digest of what the node is promised."""
    open: bool
    why: str
    """One sentence: what failed first and how many, or how many checks passed."""
    checked: str = ""
    """UTC, ISO 8601."""
    deployed: str = ""
    """When a deploy was last judged in this boot by this lock, likewise; empty: none was."""

    def as_json(self) -> str:
        """The line that lies on the node."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Standing:
    """Where a node stands: its boot, the lock that it was promised last, its gate."""

    boot_id: str = ""
    promised: str = ""
    """Empty where no whole deploy took the node yet."""
    gate: Gate | None = None

    def admits(self, *, lock: str) -> bool:
        """Whether the node is proven for its present boot and this lock, which it is promised."""
        return (
            self.gate is not None
            and self.gate.open
            and (self.gate.boot_id, self.gate.lock) == (self.boot_id, lock)
            and self.promised == lock
        )


def standing_command(folder: str = FOLDER) -> str:
    """Shell text that prints where a node stands as one line of JSON."""
    lock = r's/.*"lock": *"\([^"]*\)".*/\1/p'
    return (
        f"boot=$({BOOT_ID_COMMAND}); gate=$(cat {folder}/{GATE} 2>/dev/null); "
        f"promised=$(sed -n '{lock}' {folder}/{PROMISED} 2>/dev/null); "
        f'printf \'{{"boot_id": "%s", "promised": "%s"{_GATE}%s}}\\n\' '
        '"$boot" "$promised" "${gate:-null}"'
    )


def parse(text: str) -> Standing:
    """Standing from the answer to `standing_command`; of nothing known when it is no answer.

    A gate that cannot be read is none: the next check leaves another.
    """
    head, at, gate = text.partition(_GATE)
    try:
        said = json.loads(head + "}") if at else {}
        return Standing(str(said["boot_id"]), str(said["promised"]), _read(gate))
    except (ValueError, TypeError, KeyError):
        return Standing()


def judged(
    verdicts: Sequence[Verdict],
    *,
    waivers: Iterable[Waiver] = (),
    today: date,
    boot_id: str,
    lock: str,
) -> Gate:
    """The gate that the verdicts of a node come to.

    Those of roles that do not gate are passed over; one that a waiver covers counts as passed, and
    of a waiver that is over its check speaks for itself.
    """
    weighed = _weighed(verdicts)
    against = broken(verdicts, waivers=waivers, today=today)
    failed = [one for one in against if one.verdict == "failed"]
    return Gate(
        boot_id=boot_id,
        lock=lock,
        open=bool(weighed) and not against,
        why=_why([*failed, *(one for one in against if one not in failed)], of=len(weighed)),
        checked=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def broken(verdicts: Iterable[Verdict], *, waivers: Iterable[Waiver], today: date) -> list[Verdict]:
    """What keeps a gate shut: failed or unproven, of a role that gates, and under no waiver."""
    waived = tuple(waivers)
    against = (one for one in _weighed(verdicts) if one.verdict != "passed")
    return [one for one in against if not _waived(one, waived, today)]


def of_check(
    verdicts: Sequence[Verdict],
    *,
    node: Node,
    standing: Standing,
    whole: bool,
    today: date,
    by_deploy: bool = False,
) -> Gate | None:
    """The gate that a check leaves on a node; None where it says nothing of it.

    A check by another promise than the one deployed says nothing; one that is not `whole` can
    close a gate, and not open it. `by_deploy`: it was made at the end of a deploy.
    """
    lock = digest(node.settings)
    found = judged(verdicts, waivers=node.waivers, today=today, boot_id=standing.boot_id, lock=lock)
    known = standing.promised == lock and bool(standing.boot_id)
    weighs = whole or (not found.open and found.why != NOTHING)
    if not (known and weighs):
        return None
    return replace(found, deployed=found.checked if by_deploy else _deployed(standing, lock=lock))


def _deployed(standing: Standing, *, lock: str) -> str:
    """When a deploy was last judged, as far as that is of this boot and this lock."""
    before = standing.gate
    same = before is not None and (before.boot_id, before.lock) == (standing.boot_id, lock)
    return before.deployed if before is not None and same else ""


def _weighed(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [one for one in verdicts if role.load(one.role).gates and one.check != WAIVER]


def _waived(verdict: Verdict, waivers: Iterable[Waiver], today: date) -> bool:
    found = waiving(waivers, role=verdict.role, check=verdict.check, today=today)
    return found is not None


def _why(against: Sequence[Verdict], *, of: int) -> str:
    if not of:
        return NOTHING
    if not against:
        return f"{counted(of, 'check')} passed"
    first = against[0]
    said = textwrap.shorten(first.reason, _LONGEST, placeholder=" …")
    more = f"; {len(against) - 1} more" if len(against) > 1 else ""
    return f"{first.role}.{first.check} {first.verdict}: {said}{more}"


def _read(text: str) -> Gate | None:
    """The gate at the end of a standing; None where there is none, or none that can be read."""
    try:
        said: Any = json.loads(text.strip().removesuffix("}"))
        return Gate(
            boot_id=str(said["boot_id"]),
            lock=str(said["lock"]),
            open=said["open"] is True,
            why=str(said["why"]),
            checked=str(said["checked"]),
            deployed=str(said.get("deployed", "")),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        return None

"""The gate of a node: whether it may serve, judged from its checks for its boot and its lock.

The record lies on the node. It holds for the boot and the lock of which it speaks: after a reboot,
and under another promise, the node has to pass its checks again before it serves.
"""

import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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
        'printf \'{"boot_id": "%s", "promised": "%s", "gate": %s}\\n\' '
        '"$boot" "$promised" "${gate:-null}"'
    )


def parse(text: str) -> Standing:
    """Standing from the answer to `standing_command`; of nothing known when it is no answer."""
    try:
        said = json.loads(text)
        return Standing(str(said["boot_id"]), str(said["promised"]), _read(said["gate"]))
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
    verdicts: Sequence[Verdict], *, node: Node, standing: Standing, whole: bool, today: date
) -> Gate | None:
    """The gate that a check leaves on a node; None where it says nothing of it.

    A check by another promise than the one deployed says nothing; one that is not `whole` can
    close a gate, and not open it.
    """
    lock = digest(node.settings)
    found = judged(verdicts, waivers=node.waivers, today=today, boot_id=standing.boot_id, lock=lock)
    known = standing.promised == lock and bool(standing.boot_id)
    weighs = whole or (not found.open and found.why != NOTHING)
    return found if known and weighs else None


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


def _read(said: Any) -> Gate | None:  # noqa: ANN401
    if said is None:
        return None
    return Gate(
        boot_id=str(said["boot_id"]),
        lock=str(said["lock"]),
        open=said["open"] is True,
        why=str(said["why"]),
        checked=str(said["checked"]),
    )

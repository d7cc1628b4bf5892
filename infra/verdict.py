"""What a check came to: values that compliance makes and reports print."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Word = Literal["passed", "failed", "unproven"]
INTERRUPTED = "interrupted before it was judged"
"""Reason of checks that Ctrl-C left over."""
WAIVER = "waiver"
"""Name of the check that fails when a waiver has expired; no node is asked for it."""
UNREACHABLE = "unreachable: "
"""How the reason of every check of a node begins that could not be asked."""


@dataclass(frozen=True)
class Verdict:
    """One check of one role on one node; a check that could not be judged is unproven."""

    node: str
    role: str
    check: str
    sentence: str
    """What is true on a good host."""
    verdict: Word
    reason: str = ""
    """What was found instead, or why it could not be judged; empty when passed."""
    seconds: float = 0.0
    waived: str = ""
    """The waiver that bears it, `until 2026-12-01 by mara: card on order`; empty without one."""
    todo: str = ""
    """What to do about it; empty when passed, or where the role's README says nothing."""

    @property
    def promised(self) -> str:
        """The promise in a sentence; the check's name where it has none."""
        return self.sentence or self.check

    @property
    def word(self) -> str:
        """What counts: `waived` where a waiver bears it, else the verdict."""
        return "waived" if self.waived else self.verdict

    def as_json(self) -> dict[str, Any]:
        """The verdict's entry in the JSON of a check."""
        return {
            "node": self.node,
            "role": self.role,
            "check": self.check,
            "sentence": self.sentence,
            "verdict": self.verdict,
            "reason": self.reason,
            "waived": self.waived,
            "todo": self.todo,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True)
class Report:
    """Every verdict of a run, in the order of nodes and roles; seconds are wall time."""

    inventory: str
    started: datetime
    seconds: float
    verdicts: tuple[Verdict, ...]
    simulated: tuple[str, ...] = ()
    """Nodes whose hardware is simulated."""
    remarks: tuple[str, ...] = ()
    """Sentences on what else was seen: a node that is being deployed, verdicts not left there."""

    @property
    def failed(self) -> int:
        """How many promises are broken that no waiver bears."""
        return count(self.verdicts, "failed")

    @property
    def unproven(self) -> int:
        """How many could not be judged, without a waiver that bears it."""
        return count(self.verdicts, "unproven")

    @property
    def passed(self) -> int:
        """How many are kept."""
        return count(self.verdicts, "passed")

    @property
    def waived(self) -> int:
        """How many are broken or unproven under a waiver."""
        return count(self.verdicts, "waived")

    @property
    def unreachable(self) -> dict[str, str]:
        """Why each node that could not be asked at all was not, by its name."""
        found: dict[str, set[str]] = {}
        for verdict in self.verdicts:
            if verdict.check != WAIVER:
                why = verdict.reason if verdict.verdict == "unproven" else ""
                found.setdefault(verdict.node, set()).add(why)
        alone = {node: min(reasons) for node, reasons in found.items() if len(reasons) == 1}
        return {node: why for node, why in alone.items() if why.startswith(UNREACHABLE)}

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended it before everything was judged."""
        return any(verdict.reason == INTERRUPTED for verdict in self.verdicts)

    @property
    def exit_code(self) -> int:
        """0 all passed; 1 one failed, nothing checked, or interrupted; 3 else one is unproven."""
        if self.failed or self.interrupted or not self.verdicts:
            return 1
        return 3 if self.unproven else 0

    def as_json(self) -> dict[str, Any]:
        """The JSON of a check."""
        return {
            "inventory": self.inventory,
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(self.seconds, 3),
            "passed": self.passed,
            "failed": self.failed,
            "unproven": self.unproven,
            "waived": self.waived,
            "unreachable": self.unreachable,
            "interrupted": self.interrupted,
            "simulated": list(self.simulated),
            "remarks": list(self.remarks),
            "verdicts": [verdict.as_json() for verdict in self.verdicts],
        }


def count(verdicts: Iterable[Verdict], word: str) -> int:
    """How many verdicts count as that word: `passed`, `failed`, `unproven` or `waived`."""
    return sum(verdict.word == word for verdict in verdicts)

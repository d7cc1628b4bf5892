"""What a check found wrong, in the order in which people should read it.

Each finding says what was promised, what was found and what to do; a node that could not be asked
is one finding, whatever number of checks it has.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import groupby

from infra.history import History
from infra.verdict import UNREACHABLE, Report, Verdict

NAMED = 3
"""How many checks are named in one finding; more are counted."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at: checks of one node that ended in one way for one reason."""

    word: str
    """`failed`, `unreachable`, `unproven` or `waived`."""
    node: str
    verdicts: tuple[Verdict, ...]
    found: str
    """What was found instead of what was promised, or why it could not be judged."""
    waived: str = ""
    todo: str = ""

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles whose checks these are, each once."""
        return tuple(dict.fromkeys(verdict.role for verdict in self.verdicts))

    @property
    def title(self) -> str:
        """What it is about, on one line without the node."""
        if self.word == "unreachable":
            return f"unreachable, checks not proven: {len(self.verdicts)}"
        return f"{', '.join(self.roles)} · {self.promised}"

    @property
    def promised(self) -> str:
        """The promise in a sentence; of several checks their names, or their number."""
        if self.word == "unreachable":
            return "The node answers over SSH"
        if len(self.verdicts) == 1:
            return self.verdicts[0].promised
        if len(self.verdicts) <= NAMED:
            return ", ".join(verdict.check for verdict in self.verdicts)
        return f"{len(self.verdicts)} checks"

    @property
    def keys(self) -> tuple[tuple[str, str, str], ...]:
        """Node, role and check of each, as a history knows them; of a lost node the node alone."""
        if self.word == "unreachable":
            return ((self.node, "", ""),)
        return tuple((self.node, one.role, one.check) for one in self.verdicts)

    def again(self, inventory: str) -> str:
        """The command that judges it anew."""
        role = f" --role {self.roles[0]}" if len(self.roles) == 1 else ""
        role = "" if self.word == "unreachable" else role
        return f"infra check {inventory} --limit {self.node}{role}"


def of(report: Report) -> tuple[Finding, ...]:
    """A report's findings: what failed, who is unreachable, what is unproven, what is waived."""
    lost = report.unreachable
    asked = [verdict for verdict in report.verdicts if verdict.node not in lost]
    return (
        *(_finding("failed", [one]) for one in asked if one.word == "failed"),
        *(_finding("failed", [one]) for one in report.verdicts if _overdue(one, lost)),
        *(_lost(report, node) for node in lost),
        *_unproven([one for one in asked if one.word == "unproven"]),
        *_waived([one for one in asked if one.word == "waived"]),
    )


def since(found: Iterable[Finding], history: History) -> datetime | None:
    """Since when it is so, the earliest moment of them all; None when no run tells."""
    known = (history.since.get(key) for one in found for key in one.keys)
    return min((at for at in known if at is not None), default=None)


def before(finding: Finding, history: History, *, report: Report) -> str:
    """Since when it was so before this report; empty when it is new, or no run tells."""
    at = since([finding], history)
    if at is None or at >= report.started.replace(microsecond=0):
        return ""
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _overdue(verdict: Verdict, lost: dict[str, str]) -> bool:
    """An expired waiver is judged without asking the node."""
    return verdict.node in lost and verdict.word == "failed"


def _lost(report: Report, node: str) -> Finding:
    own = [one for one in report.verdicts if one.node == node and one.verdict == "unproven"]
    todo = "see that it is powered, on the network and takes SSH; then check it again"
    why = report.unreachable[node].removeprefix(UNREACHABLE)
    return Finding("unreachable", node, tuple(own), why, todo=todo)


def _unproven(verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    for _, same in groupby(verdicts, key=lambda verdict: (verdict.node, verdict.reason)):
        yield _finding("unproven", list(same))


def _waived(verdicts: Sequence[Verdict]) -> Iterator[Finding]:
    """What one waiver bears on a node is one."""
    for _, same in groupby(verdicts, key=lambda verdict: (verdict.node, verdict.waived)):
        yield _finding("waived", list(same))


def _finding(word: str, same: Sequence[Verdict]) -> Finding:
    first = same[0]
    todo = first.todo if len({verdict.todo for verdict in same}) == 1 else ""
    found = "\n".join(dict.fromkeys(verdict.reason for verdict in same))
    return Finding(word, first.node, tuple(same), found, first.waived, todo)

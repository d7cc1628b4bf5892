"""What a check leaves on a node before it parts: its verdicts, and whether the node may serve."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from infra import gate, node_state
from infra.gate import Gate
from infra.holder import Holder
from infra.session import Session
from infra.verdict import Verdict
from infra.waived import applied

OnGate = Callable[[str, Gate], None]
"""Called with a node's name and the gate that was left on it."""


@dataclass(frozen=True)
class Parting:
    """The end of a check of each of these sessions' nodes."""

    sessions: Mapping[str, Session]
    inventory: Path
    holder: Holder
    roles: Collection[str] | None
    """Those that were judged; None: all."""
    on_gate: OnGate = lambda node, gate: None

    def __call__(self, name: str, verdicts: Sequence[Verdict]) -> None:
        """Leave a node's verdicts there, by the waivers of today, and what its gate comes to."""
        session, today = self.sessions[name], date.today()
        waived = applied(verdicts, session.node.waivers, today=today)
        session.conclude(self._record(waived, session))
        found = gate.of_check(
            verdicts,
            node=session.node,
            standing=session.standing,
            whole=self.roles is None,
            today=today,
        )
        if found is not None and session.leave_gate(found):
            self.on_gate(name, found)

    def _record(self, verdicts: Sequence[Verdict], session: Session) -> str:
        return node_state.checked(
            verdicts,
            inventory=str(self.inventory),
            holder=self.holder,
            roles=None if self.roles is None else sorted(self.roles),
            boot_id=session.standing.boot_id,
            lock=node_state.digest(session.node.settings),
        )

"""Whether a node that serves may be disrupted now: maintenance windows, and whoever is asked."""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

from infra import windows
from infra.rotation import Policy


class Permission(Protocol):
    """Somebody who is asked before the first disruption of a node that serves."""

    def __call__(self, node: str, *, why: str) -> bool:
        """Whether to go on."""


@dataclass
class Permit:
    """What a deploy may do to nodes that serve; an answer holds for the rest of it."""

    policy: Policy
    permission: Permission
    ignore_windows: bool = False
    given: bool | None = None
    """What the person said; None until asked."""

    def refusal(self, node: str, *, why: str) -> str | None:
        """Why a node that serves must be left as it is; None when it may be disrupted."""
        outside = self.outside(node, why=why)
        if outside is not None:
            return outside
        if self.given is None:
            self.given = self.permission(node, why=why)
        return None if self.given else f"{node} serves and was left as it is: not confirmed ({why})"

    def outside(self, node: str, *, why: str) -> str | None:
        """What is said of a node that serves when no maintenance window is open; None: one is."""
        found = [windows.parse(text) for text in self.policy.maintenance_windows]
        now = datetime.now(timezone.utc)
        if self.ignore_windows or windows.is_open(found, at=now):
            return None
        opens = windows.next_opening(found, at=now)
        when = "" if opens is None else f"; the next one opens {opens:%a %Y-%m-%d %H:%M %Z}"
        return (
            f"{node} serves and would be disrupted ({why}) outside its maintenance windows "
            f"({'; '.join(self.policy.maintenance_windows)}){when}; now all the same: "
            "--ignore-windows"
        )

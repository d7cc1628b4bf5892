"""The checks of a deploy's nodes: read once, when the first of them is to be judged."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from gevent.lock import BoundedSemaphore

from infra.session import Asked
from infra.site import Node
from infra.verdict import Verdict

if TYPE_CHECKING:
    from infra.docket import Docket


class Bench:
    """Judges nodes one by one while others are still deployed."""

    def __init__(self, nodes: Sequence[Node], *, roles: Collection[str] | None = None) -> None:
        """A bench for these nodes and roles (None: all); nothing is read yet."""
        self._nodes, self._roles = nodes, roles
        self._docket: Docket | None = None
        self._reading = BoundedSemaphore(1)

    def judged(
        self, name: str, *, asked: Asked, roles: Collection[str] | None = None
    ) -> Sequence[Verdict]:
        """A node's verdicts in these roles (None: in all), asked over a connection that is open."""
        from infra.court import Court  # a deploy that judges nobody starts without pytest

        with self._reading:
            docket = self._docket = self._docket or self._read()
        return Court(docket).judge(name, asked=asked, roles=roles)

    def _read(self) -> "Docket":
        from infra import compliance

        checks = compliance.files_of(self._nodes, roles=self._roles)
        return compliance.docket(self._nodes, checks=checks)

"""Proves promises: every role's checks.py on every node that has the role.

pytest collects the checks and rewrites their asserts, testinfra reads the hosts over the deploy's
own SSH connections, and each node is judged in a greenlet of its own, side by side.
A check leaves its verdicts on the node, and whether the node may serve: see gate.py.
"""

import importlib.util
import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

import pytest
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host

from infra.court import SECONDS, Court, OnNode, OnVerdict
from infra.docket import Docket
from infra.holder import Holder
from infra.parting import OnGate, Parting
from infra.session import Asked, Session
from infra.site import Node
from infra.verdict import Report, Verdict
from infra.wire import Exchange

_INI = Path(__file__).with_name("compliance.ini")


class Backend(BaseBackend):  # type: ignore[misc]  # testinfra has no types
    """testinfra on a node's session."""

    NAME = "infra"

    asked: Asked
    """Whom it asks; the court sets it before the node is judged."""

    def __init__(self, name: str) -> None:
        """A backend of a node that is not judged yet."""
        super().__init__(name)
        self._encoding = "utf-8"
        self.seconds = SECONDS

    def __repr__(self) -> str:
        """How testinfra's own messages name the node."""
        return f"{self.NAME}://{self.hostname}"

    def run(self, command: str, *args: str, **_: object) -> CommandResult:
        """Run shell text as root, its arguments quoted."""
        text = self.get_command(command, *args)
        answer = self.asked.run(text, seconds=self.seconds)
        return self.result(answer.status, text.encode(), answer.stdout, answer.stderr)

    def decode(self, data: bytes) -> str:
        """Output as text; a byte that is no UTF-8 is replaced."""
        return data.decode("utf-8", errors="replace")


def run(
    nodes: Sequence[Node],
    *,
    inventory: Path,
    roles: Collection[str] | None = None,
    holder: Holder,
    accept_new: bool = False,
    parallel: int = 20,
    on_verdict: OnVerdict = lambda verdict: None,
    on_gate: OnGate = lambda node, gate: None,
    listen: Callable[[str, Exchange], None] = lambda node, exchange: None,
) -> Report:
    """Report of every check of these roles (None: of all) on these nodes, left on each as well.

    `holder` is who checks.
    `on_verdict` hears each verdict as it falls, `on_gate` each gate that was left on a node,
    `listen` each round trip; the report has the verdicts in the order of the nodes.
    """
    started, clock = datetime.now(timezone.utc), time.monotonic()
    sessions = {
        node.name: Session(node, accept_new=accept_new, listen=partial(listen, node.name))
        for node in nodes
    }
    verdicts = judged(
        nodes,
        checks=files_of(nodes, roles=roles),
        asked=sessions,
        parallel=parallel,
        on_verdict=on_verdict,
        on_node=Parting(sessions, inventory, holder, roles, on_gate),
    )
    return Report(
        inventory=str(inventory),
        started=started,
        seconds=time.monotonic() - clock,
        verdicts=verdicts,
        simulated=tuple(node.name for node in nodes if node.lab is not None and node.lab.gpus),
        remarks=tuple(remark for made in sessions.values() for remark in made.remarks),
    )


def files_of(nodes: Sequence[Node], *, roles: Collection[str] | None = None) -> dict[str, Path]:
    """The checks.py of every role of these nodes that has one, in the order of the roles."""
    names = dict.fromkeys(role for node in nodes for role in node.settings)
    chosen = (name for name in names if roles is None or name in roles)
    found = ((name, importlib.util.find_spec(f"roles.{name}.checks")) for name in chosen)
    return {name: Path(spec.origin) for name, spec in found if spec and spec.origin}


def judged(
    nodes: Sequence[Node],
    *,
    checks: Mapping[str, Path],
    asked: Mapping[str, Asked],
    parallel: int = 20,
    on_verdict: OnVerdict = lambda verdict: None,
    on_node: OnNode = lambda name, verdicts: None,
) -> tuple[Verdict, ...]:
    """Verdicts of the checks in these files, role by role, on each node's session."""
    court = Court(docket(nodes, checks=checks), on_verdict=on_verdict)
    if checks:
        court.judge_all(asked, parallel=parallel, on_node=on_node)
    return tuple(verdict for node in nodes for verdict in court.verdicts[node.name])


def docket(nodes: Sequence[Node], *, checks: Mapping[str, Path]) -> Docket:
    """What there is to judge of these nodes, by the checks in these files."""
    made = Docket(
        nodes,
        roles={path.resolve(): role for role, path in checks.items()},
        hosts={node.name: Host(Backend(node.name)) for node in nodes},
    )
    if checks:
        with _alone():
            code = pytest.main(["-c", str(_INI), *map(str, checks.values())], plugins=[made])
        if code == pytest.ExitCode.INTERRUPTED:
            raise KeyboardInterrupt
    return made


@contextmanager
def _alone() -> Iterator[None]:
    """No plugin and no option that this machine's other uses of pytest ask for."""
    ours = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTEST_PLUGINS": ""}
    before = {key: os.environ.get(key) for key in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value

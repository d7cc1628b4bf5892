"""Judges nodes side by side: pytest's plugin of compliance runs.

Which checks there are is pytest's to say; running them is ours, in a greenlet for each node.
"""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.lock import BoundedSemaphore

from infra import judgement
from infra.interrupt import joined
from infra.session import Asked
from infra.site import Node
from infra.verdict import INTERRUPTED, Verdict, Word

SECONDS = 60.0
"""How long one command of a check may take, unless the check is marked `seconds(limit)`."""

OnVerdict = Callable[[Verdict], None]
OnNode = Callable[[str, Sequence[Verdict]], None]
"""Called with a node's name and verdicts when all have fallen, while it still answers."""


class Court:
    """pytest's plugin: which checks there are is pytest's to say, judging them is ours."""

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        roles: Mapping[Path, str],
        asked: Mapping[str, Asked],
        hosts: Mapping[str, Any],
        parallel: int,
        on_verdict: OnVerdict,
        on_node: OnNode = lambda name, verdicts: None,
    ) -> None:
        """A court for these nodes; `roles` says whose each checks.py is, `hosts` what they read."""
        self.nodes, self.parallel = nodes, parallel
        self.on_verdict, self.on_node = on_verdict, on_node
        self.role_of, self.asked, self.hosts = roles, asked, hosts
        self.verdicts: dict[str, list[Verdict]] = {node.name: [] for node in nodes}
        self.judged: set[tuple[str, str, str]] = set()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """A check is one item for each node that has its role."""
        role = self.role_of[metafunc.definition.path.resolve()]
        having = [node for node in self.nodes if role in node.settings]
        given = [(self.hosts[node.name], node.settings[role]) for node in having]
        metafunc.parametrize(("host", "settings"), given, ids=[node.name for node in having])

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """A checks.py that cannot be read proves nothing about its role."""
        report = yield
        role = self.role_of.get(collector.path.resolve())
        if report.failed and role is not None:
            reason = f"{collector.path}: {judgement.last_error(str(report.longrepr))}"
            for node in self.nodes:
                if role in node.settings:
                    self._tell(Verdict(node.name, role, "checks", "", "unproven", reason))
        return report

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Judge the nodes side by side, the checks of each in order."""
        checks = [item for item in session.items if isinstance(item, pytest.Function)]
        slots = BoundedSemaphore(max(1, self.parallel))
        judges = [
            gevent.spawn(self._judge_node, node.name, checks, slots=slots) for node in self.nodes
        ]
        if not joined(judges):
            self._leave_over(checks)
            return True
        for judge in judges:
            judge.get()  # raises what a judge raised
        return True

    def _judge_node(
        self, name: str, checks: Sequence[pytest.Function], *, slots: BoundedSemaphore
    ) -> None:
        asked = self.asked[name]
        with slots:
            asked.open()
            try:
                for check in checks:
                    if check.callspec.params["host"] is self.hosts[name]:
                        self._hear(name, check)
                self.on_node(name, self.verdicts[name])
            finally:
                asked.close()

    def _leave_over(self, checks: Sequence[pytest.Function]) -> None:
        """What Ctrl-C left over is not proven, and is told beside what was judged."""
        for check in checks:
            name, role = check.callspec.id, self.role_of[check.path.resolve()]
            if (name, role, check.originalname) not in self.judged:
                sentence = judgement.sentence_of(check.obj.__doc__)
                self._tell(
                    Verdict(name, role, check.originalname, sentence, "unproven", INTERRUPTED)
                )

    def _hear(self, name: str, check: pytest.Function) -> None:
        started, role = time.monotonic(), self.role_of[check.path.resolve()]
        judged = self._judge(name, check)
        self.judged.add((name, role, check.originalname))
        if judged is None:
            return
        verdict = Verdict(
            node=name,
            role=role,
            check=check.originalname,
            sentence=judgement.sentence_of(check.obj.__doc__),
            verdict=judged[0],
            reason=judged[1],
            seconds=time.monotonic() - started,
        )
        self._tell(verdict)

    def _judge(self, name: str, check: pytest.Function) -> tuple[Word, str] | None:
        problem = self.asked[name].problem
        if problem is not None:
            return "unproven", problem
        limit = check.get_closest_marker("seconds")
        self.hosts[name].backend.seconds = float(limit.args[0]) if limit else SECONDS
        call = pytest.CallInfo.from_call(
            lambda: check.obj(**check.callspec.params),
            when="call",
            reraise=(KeyboardInterrupt, gevent.GreenletExit),
        )
        return judgement.of(call.excinfo.value if call.excinfo is not None else None)

    def _tell(self, verdict: Verdict) -> None:
        self.verdicts[verdict.node].append(verdict)
        self.on_verdict(verdict)

"""Judges nodes side by side: the checks of each in order, in a greenlet for each node."""

import time
from collections.abc import Callable, Collection, Mapping, Sequence

import gevent
import pytest
from gevent.lock import BoundedSemaphore

from infra import judgement
from infra.docket import Docket
from infra.interrupt import joined
from infra.session import Asked
from infra.verdict import INTERRUPTED, Verdict, Word

SECONDS = 60.0
"""How long one command of a check may take, unless the check is marked `seconds(limit)`."""

OnVerdict = Callable[[Verdict], None]
OnNode = Callable[[str, Sequence[Verdict]], None]
"""Called with a node's name and verdicts when all have fallen, while it still answers."""


class Court:
    """Judges what is on a docket."""

    def __init__(self, docket: Docket, *, on_verdict: OnVerdict = lambda verdict: None) -> None:
        """A court that has judged nothing yet; `on_verdict` hears each verdict as it falls."""
        self.docket, self.on_verdict = docket, on_verdict
        self.verdicts: dict[str, list[Verdict]] = {node.name: [] for node in docket.nodes}
        self._judged: set[tuple[str, str, str]] = set()
        for verdict in docket.unread:
            self._tell(verdict)

    def judge_all(
        self,
        asked: Mapping[str, Asked],
        *,
        parallel: int,
        on_node: OnNode = lambda name, verdicts: None,
    ) -> None:
        """Judge the nodes side by side; what Ctrl-C leaves over is not proven."""
        slots = BoundedSemaphore(max(1, parallel))

        def judge_one(name: str) -> None:
            with slots:
                asked[name].open()
                try:
                    on_node(name, self.judge(name, asked=asked[name]))
                finally:
                    asked[name].close()

        judges = [gevent.spawn(judge_one, node.name) for node in self.docket.nodes]
        if not joined(judges):
            self._leave_over()
            return
        for judge in judges:
            judge.get()  # raises what a judge raised

    def judge(
        self, name: str, *, asked: Asked, roles: Collection[str] | None = None
    ) -> Sequence[Verdict]:
        """A node's verdicts in these roles (None: in all), asked over a connection that is open."""
        self.docket.hosts[name].backend.asked = asked
        for check in self.docket.of(name):
            if roles is None or self.docket.role(check) in roles:
                self._hear(name, check, asked=asked)
        return self.verdicts[name]

    def _leave_over(self) -> None:
        """What Ctrl-C left over is told beside what was judged."""
        for check in self.docket.checks:
            name, role = check.callspec.id, self.docket.role(check)
            if (name, role, check.originalname) not in self._judged:
                sentence = judgement.sentence_of(check.obj.__doc__)
                self._tell(
                    Verdict(name, role, check.originalname, sentence, "unproven", INTERRUPTED)
                )

    def _hear(self, name: str, check: pytest.Function, *, asked: Asked) -> None:
        started, role = time.monotonic(), self.docket.role(check)
        judged = self._judge(name, check, problem=asked.problem)
        self._judged.add((name, role, check.originalname))
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

    def _judge(
        self, name: str, check: pytest.Function, *, problem: str | None
    ) -> tuple[Word, str] | None:
        if problem is not None:
            return "unproven", problem
        limit = check.get_closest_marker("seconds")
        backend = self.docket.hosts[name].backend
        backend.seconds = float(limit.args[0]) if limit else SECONDS
        call = pytest.CallInfo.from_call(
            lambda: check.obj(**check.callspec.params),
            when="call",
            reraise=(KeyboardInterrupt, gevent.GreenletExit),
        )
        return judgement.of(call.excinfo.value if call.excinfo is not None else None)

    def _tell(self, verdict: Verdict) -> None:
        self.verdicts[verdict.node].append(verdict)
        self.on_verdict(verdict)

"""Which checks there are: pytest's plugin that collects them, and judges none."""

from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infra import judgement
from infra.site import Node
from infra.verdict import Verdict


class Docket:
    """What there is to judge: one item for each check and each node that has its role."""

    def __init__(
        self, nodes: Sequence[Node], *, roles: Mapping[Path, str], hosts: Mapping[str, Any]
    ) -> None:
        """An empty docket; `roles` says whose each checks.py is, `hosts` what checks read."""
        self.nodes, self.role_of, self.hosts = nodes, roles, hosts
        self.checks: tuple[pytest.Function, ...] = ()
        self.unread: list[Verdict] = []
        """What is said of roles whose checks.py cannot be read."""

    def of(self, name: str) -> list[pytest.Function]:
        """A node's checks, role by role."""
        host = self.hosts[name]
        return [check for check in self.checks if check.callspec.params["host"] is host]

    def role(self, check: pytest.Function) -> str:
        """The role that a check is of."""
        return self.role_of[check.path.resolve()]

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
            self.unread += [
                Verdict(node.name, role, "checks", "", "unproven", reason)
                for node in self.nodes
                if role in node.settings
            ]
        return report

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Keep what was collected; judging is not pytest's."""
        self.checks = tuple(item for item in session.items if isinstance(item, pytest.Function))
        return True

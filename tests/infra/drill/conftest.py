"""A drill whose balancer works in memory, and whose driver is the test's."""

import io
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra.balancers import Balancers
from infra.drill import running
from infra.drill.plan import Driver, Hook, Plan
from infra.drill.work import Drill
from infra.holder import Holder
from infra.ledger import Ledger
from infra.site import Node, Site

Make = Callable[..., Drill]


@pytest.fixture
def drill_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A drill of `n`, by hooks that are Python text."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    ledgers: list[Ledger] = []

    def hook(text: str) -> Hook:
        return Hook((sys.executable, "-c", text), 20)

    def make(*sessions: Any, wipe: str = "", host_key: str | None = None) -> Drill:  # noqa: ANN401
        inventory = tmp_path / "rack.py"
        ledgers.append(Ledger(inventory, "drill"))
        connection = {"ssh_known_hosts_file": str(tmp_path / "known_hosts")}
        node = Node("n", "gpu_nodes", "10.0.0.2", {}, connection=connection)
        by_name = {f"b{number}": one for number, one in enumerate(sessions)}
        balancers = [Node(name, "load_balancers", name, {}) for name in by_name]
        return Drill(
            site=Site("rack", inventory, (node,)),
            node=node,
            plan=Plan(),
            driver=Driver(
                "command",
                wipe=hook(wipe),
                host_key=None if host_key is None else hook(host_key),
            ),
            running=running.left(inventory, node="n")
            or running.begun(inventory, node="n", by="mara@laptop"),
            balancers=Balancers(balancers, session=lambda one: by_name[one.name]),
            ledger=ledgers[-1],
            out=Console(file=io.StringIO()),
            holder=Holder("mara", "laptop", 7, "2026-11-21T13:00:00+00:00", "infra drill"),
            drain_seconds=60,
        )

    yield make
    for ledger in ledgers:
        ledger.close()

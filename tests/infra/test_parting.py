"""What a check leaves on a node."""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.gate import Gate
from infra.holder import Holder
from infra.node_state import digest
from infra.parting import Parting
from infra.session import Session
from infra.site import Node
from infra.verdict import Verdict
from infra.waivers import Waiver

MARA = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra check lab.py")
BROKEN = Verdict("n", "gpu_driver", "check_x", "It holds", "failed", "found y")
TOMORROW, YESTERDAY = date.today() + timedelta(days=1), date.today() - timedelta(days=1)


class Server:
    """The shape of the fixture in conftest.py."""

    data: dict[str, Any]


def waiver(until: date) -> Waiver:
    return Waiver(check="gpu_driver.check_x", owner="mara", reason="card on order", until=until)


class Part:
    """Checks of one node that end, and what they left."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.gates: list[tuple[str, Gate]] = []
        (folder / "promised.json").write_text(json.dumps({"lock": digest({})}))

    def ended(self, *waivers: Waiver, roles: Sequence[str] | None = None) -> dict[str, Any]:
        node = Node("n", "g", "127.0.0.1", {}, connection=self.server.data, waivers=waivers)
        session = Session(node, folder=str(self.folder))
        session.open()
        assert session.problem is None
        hear = lambda name, gate: self.gates.append((name, gate))  # noqa: E731
        Parting({"n": session}, Path("lab.py"), MARA, roles, hear)("n", [BROKEN])
        session.close()
        return dict(json.loads((self.folder / "last_check.json").read_text()))


@pytest.fixture
def part(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Part]:
    program = tmp_path / "bin" / "id"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    yield Part(server, tmp_path)


def counts(record: dict[str, Any]) -> tuple[int, int, int]:
    return record["failed"], record["unproven"], record["waived"]


def test_the_record_counts_by_the_waivers_of_the_day(part: Part) -> None:
    assert counts(part.ended()) == (1, 0, 0)
    borne = part.ended(waiver(TOMORROW))
    assert counts(borne) == (0, 0, 1)
    assert "by mara: card on order" in borne["verdicts"][0]["waived"]
    over = part.ended(waiver(YESTERDAY))
    assert counts(over) == (2, 0, 0)
    assert [one["check"] for one in over["verdicts"]] == ["check_x", "waiver"]


def test_the_gate_is_left_and_told(part: Part) -> None:
    part.ended(waiver(TOMORROW))
    part.ended()
    assert [(name, gate.open) for name, gate in part.gates] == [("n", True), ("n", False)]
    assert json.loads((part.folder / "gate.json").read_text())["open"] is False


def test_a_check_of_some_roles_opens_nothing_and_says_so_in_its_record(part: Part) -> None:
    record = part.ended(waiver(TOMORROW), roles=["gpu_driver"])
    assert record["roles"] == ["gpu_driver"]
    assert not (part.folder / "gate.json").exists()
    assert part.gates == []

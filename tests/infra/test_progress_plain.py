"""Plain lines: what takes long is told, what ended is not."""

import gevent
import pytest

from infra import progress_plain
from infra.outcome import NodeOutcome
from infra.progress_plain import Plain
from infra.site import Node

NODES = tuple(Node(name, "gpu_nodes", name, {}) for name in ("gpu-1", "gpu-2", "gpu-3", "gpu-4"))


def test_what_takes_long_is_told_with_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_plain, "_REMIND_SECONDS", 0.05)
    said: list[str] = []
    with Plain(said.append, NODES) as plain:
        plain.operation("gpu-1", "gpu_driver", "Boot anew", at=1, of=2)
        plain.node(NodeOutcome("gpu-2", "gpu_nodes", "ok", seconds=3))
        plain.note("gpu-3", "leaves rotation: driver")
        told = list(said)
        gevent.sleep(0.12)
        for at in range(6):
            plain.operation("gpu-1", "gpu_driver", f"Step {at}", at=1, of=2)
            gevent.sleep(0.02)
    assert [line[10:] for line in told] == [
        "gpu-2  ok in 3.0 s",
        "gpu-3  leaves rotation: driver",
    ]
    reminders = [line[10:] for line in said[2:]]
    assert sum("Boot anew" in line for line in reminders) < 6
    assert any(line.startswith("gpu-1  gpu_driver: Boot anew, for ") for line in reminders)
    assert any(line.startswith("gpu-3  leaves rotation: driver, for ") for line in reminders)
    # it waits for others that are at work, or is not reached
    assert any(line.startswith("gpu-4  yet to begin, for ") for line in reminders)
    assert not [line for line in reminders if "gpu-2" in line or "Step" in line]
    gone = len(said)
    gevent.sleep(0.12)
    assert len(said) == gone

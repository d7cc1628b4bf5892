"""What a pass says."""

import io
from pathlib import Path

from rich.console import Console

from infra.gate_pass import Passed
from infra.gate_report import nobody, summary

LAB = Path("lab.py")


def text(*passed: Passed, width: int = 200) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    for line in summary(passed, inventory=LAB):
        console.print(line)
    return console.export_text()


def test_who_came_in_and_who_stays_out_is_told() -> None:
    said = text(
        Passed("gpu-1", open=True, why="95 checks passed"),
        Passed("gpu-2", open=False, why="base_system.check_x failed: found [1]", failed=True),
        Passed("gpu-3", open=True, why="its checks passed", deployed=True),
        Passed("gpu-4", open=True, why="95 checks passed", held="held by operator (mara: a fan)"),
    )
    assert "✓ gpu-1 is in rotation again: 95 checks passed" in said
    assert "✗ gpu-2 stays out of rotation: base_system.check_x failed: found [1]" in said
    assert "✓ gpu-3 is in rotation again: its checks passed (deployed to prove it anew)" in said
    assert "✓ gpu-4 is proven, and stays out: held by operator (mara: a fan)" in said
    assert "infra check lab.py --limit gpu-2" in said


def test_nothing_is_to_do_when_all_came_in() -> None:
    assert "Look closer" not in text(Passed("gpu-1", open=True, why="95 checks passed"))
    assert len(list(nobody())) == 1

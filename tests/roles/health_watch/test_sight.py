import json
import os
import subprocess
import time
from pathlib import Path

from roles.health_watch import sight
from roles.health_watch.program.files import STATE

WELL = {"state": "idle"}


def said(age: int, nodes: dict[str, object], *troubles: str) -> str:
    told = {"config": "abc", "troubles": list(troubles), "nodes": nodes}
    return f"{age}\n{json.dumps(told)}\n"


def test_a_fresh_sight_of_everybody_is_good() -> None:
    found = sight.parse(said(1, {"gpu-1": WELL, "gpu-2": {"state": "hung"}}))
    assert found.config == "abc"
    assert found.problems(["gpu-1", "gpu-2"]) == []


def test_an_old_one_is_none() -> None:
    assert "11 s ago" in sight.parse(said(11, {"gpu-1": WELL})).problems(["gpu-1"])[0]
    for text in ("", "1700000000\n", "3\n{", "3\n[]"):
        assert sight.parse(text).problems([]) == ["it tells nothing"]


def test_who_is_not_seen_is_named_and_what_cannot_be_done() -> None:
    nodes: dict[str, object] = {"gpu-1": {"state": "unknown"}}
    problems = sight.parse(said(1, nodes, "no way to cut")).problems(["gpu-1", "gpu-2"])
    assert len(problems) == 3
    assert "gpu-2" in problems[0] and "gpu-1" in problems[1] and problems[2] == "no way to cut"


def test_the_age_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "state"
    path.write_text(said(0, {"gpu-1": WELL}).partition("\n")[2])
    os.utime(path, (time.time() - 100, time.time() - 100))
    command = sight.COMMAND.replace(STATE, str(path))
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True).stdout
    assert 99 <= sight.parse(found).age <= 105

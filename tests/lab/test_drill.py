"""A node rebuilt from clean under load: timed, without a lost request, and taken up when killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from labhosts import INVENTORY, ROOT, Ended, Infra, Shell
from streams import Streams

pytestmark = pytest.mark.slow

NODE = "gpu-2"
RECORD = "/var/lib/infra/last_drill.json"
Drill = Callable[..., tuple[int, dict[str, Any], str]]


@pytest.fixture
def drill(infra: Infra, shell: Shell, tmp_path: Path) -> Iterator[Drill]:
    """Exit code, record and words of a drill; no other test's deploy is judged by its record."""

    def run(*words: str) -> tuple[int, dict[str, Any], str]:
        path = tmp_path / "drill.json"
        done = infra(
            "drill",
            str(INVENTORY),
            NODE,
            *words,
            "--json",
            str(path),
            "--markdown",
            str(tmp_path / "drill.md"),
        )
        return done.code, json.loads(path.read_text()), done.out + done.err

    yield run
    shell(NODE, f"rm -f {RECORD}")


def seconds(record: dict[str, Any]) -> dict[str, float]:
    return {one["stage"]: one["seconds"] for one in record["stages"]}


def last_check(infra: Infra) -> Ended:
    return infra("check", str(INVENTORY), "--limit", NODE, "--role", "rebuild_drill")


def test_a_drill_under_load_loses_nothing_and_proves_the_rebuild(
    deployed: Ended, drill: Drill, infra: Infra, shell: Shell
) -> None:
    with Streams() as streams:
        code, record, said = drill()
    print(said, streams.by_node())
    assert code == 0, said
    assert streams.lost == []
    assert record["requests_lost"] == 0
    assert (record["result"], record["hardware"]) == ("ok", "simulated")
    assert record["checks"]["passed"] > 50
    assert record["checks"]["failed"] == record["checks"]["unproven"] == 0
    took = seconds(record)
    assert {"drain", "wipe", "reachable", "gpu_driver", "checks", "first token", "open"} <= set(
        took
    )
    apart = took["downloads"] + took["reboots"]
    assert sum(took.values()) - apart <= record["seconds"]
    assert record["estimate_seconds"] > record["seconds"]
    assert json.loads(shell(NODE, f"cat {RECORD}")) == record
    assert last_check(infra).code == 0


def test_streams_cut_on_purpose_and_a_budget_that_is_too_small_are_told(
    deployed: Ended, drill: Drill, infra: Infra
) -> None:
    with Streams(tokens=400) as streams:
        code, record, said = drill("--drain-seconds", "0", "--budget-minutes", "0.25")
    print(said, streams.by_node(), *streams.lost, sep="\n")
    assert code == 1
    assert record["result"] == "over_budget"
    assert record["requests_lost"] == len(streams.lost) > 0
    assert {stream.node for stream in streams.lost} == {NODE}
    check = last_check(infra)
    assert check.code == 1
    assert "of 0.25 min" in check.out


def test_a_drill_killed_in_three_stages_is_taken_up(deployed: Ended, drill: Drill) -> None:
    with Streams() as streams:
        for line in ("wipe …", "host_firewall:", "checks …"):
            killed_at(f"{NODE}  {line}")
        code, record, said = drill()
    print(said, streams.by_node())
    assert code == 0, said
    assert streams.lost == []
    assert [gap["stage"] for gap in record["taken_up"]] == ["wipe", "deploy", "checks"]
    assert record["requests_lost"] == 0
    assert sum(gap["after"] for gap in record["taken_up"]) < record["seconds"]


def killed_at(line: str) -> None:
    """Kill a drill as soon as it says how far it is."""
    words = [sys.executable, "-m", "infra", "drill", str(INVENTORY), NODE]
    with subprocess.Popen(
        words,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        heard = []
        for said in process.stdout:
            heard.append(said)
            if line in said:
                break
        else:
            raise AssertionError(f"never said {line!r}:\n{''.join(heard)}")
        os.killpg(process.pid, signal.SIGKILL)


def test_the_last_healthy_node_is_not_drilled(deployed: Ended, infra: Infra, shell: Shell) -> None:
    assert infra("drain", str(INVENTORY), "gpu-1").code == 0
    try:
        refused = infra("drill", str(INVENTORY), NODE)
    finally:
        back = infra("undrain", str(INVENTORY), "gpu-1")
    assert refused.code == 1
    assert "last healthy node" in refused.out
    assert back.code == 0
    assert "active" in shell(NODE, "systemctl is-active infra-engine.service")

"""Programs of an inventory: what they learn, what they say, and that none outlives its time."""

import os
import select
import threading
import time
from pathlib import Path

import pytest

from infra import hooks, secrets


def run(script: str, *, seconds: float = 10, heard: list[str] | None = None) -> tuple[str, ...]:
    lines = [] if heard is None else heard
    variables = {"NODE": "gpu-2", "ADDRESS": "10.0.0.2", "STAGE": "wipe"}
    return hooks.run(["sh", "-c", script], variables=variables, seconds=seconds, hear=lines.append)


def test_a_hook_learns_the_node_the_address_and_the_stage() -> None:
    assert run('echo "$NODE $ADDRESS"; echo "$STAGE"') == ("gpu-2 10.0.0.2", "wipe")


def test_everything_it_writes_is_heard_and_only_standard_output_is_its_answer() -> None:
    heard: list[str] = []
    assert run("echo key; echo word >&2", heard=heard) == ("key",)
    assert heard[1:] == ["| key", "| word"]


def test_a_hook_that_fails_is_told_with_its_last_words() -> None:
    with pytest.raises(hooks.HookError, match=r"sh: exit status 3: no such machine"):
        run("echo out; echo 'no such machine' >&2; exit 3")


def test_a_line_without_an_end_is_told_by_its_end() -> None:
    with pytest.raises(hooks.HookError) as wrong:
        run("head -c 300000 /dev/zero | tr '\\0' . >&2; echo ' disk 3 is gone' >&2; exit 1")
    assert str(wrong.value).endswith(". disk 3 is gone")
    assert len(str(wrong.value)) < 500


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(hooks.HookError, match="/no/such: No such file or directory"):
        hooks.run(["/no/such"], variables={}, seconds=1, hear=lambda line: None)


def test_a_secret_in_its_last_words_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "seen", {"hunter2hunter2"})
    with pytest.raises(hooks.HookError) as wrong:
        run("echo password hunter2hunter2 >&2; exit 1")
    assert "hunter2" not in str(wrong.value)


def test_one_that_takes_too_long_is_killed_with_all_that_it_started(tmp_path: Path) -> None:
    record = tmp_path / "pid"
    started = time.monotonic()
    with pytest.raises(hooks.HookError, match=r"not done after 0\.5 s, and ended: begun"):
        run(f"echo begun >&2; sleep 60 & echo $! >{record}; wait", seconds=0.5)
    assert time.monotonic() - started < 10
    assert not runs(int(record.read_text()))


def test_what_a_hook_leaves_behind_is_killed_as_well_when_its_time_is_up(tmp_path: Path) -> None:
    record = tmp_path / "pid"
    with pytest.raises(hooks.HookError, match="not done after"):
        run(f"sleep 60 & echo $! >{record}", seconds=0.5)
    assert not runs(int(record.read_text()))


def test_one_that_outlived_us_is_ended_by_its_mark_and_nobody_else_is() -> None:
    marks: list[str] = []
    began = threading.Event()

    def heard(mark: str) -> None:
        marks.append(mark)
        began.set()

    def work() -> None:
        with pytest.raises(hooks.HookError, match="ended by signal 9"):
            hooks.run(
                ["sleep", "60"], variables={}, seconds=60, hear=lambda line: None, began=heard
            )

    working = threading.Thread(target=work)
    working.start()
    assert began.wait(timeout=20)
    pid, _, born = marks[0].partition(" ")
    assert not hooks.end_left(f"{pid} {int(born) - 1}")
    assert not hooks.end_left("")
    assert runs(int(pid))
    assert hooks.end_left(marks[0])
    working.join(timeout=20)
    assert not hooks.end_left(marks[0])


def runs(pid: int) -> bool:
    """Whether a process goes on: one that was killed takes a moment to end."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        return not select.select([handle], [], [], 5)[0]
    finally:
        os.close(handle)


def test_a_hook_reads_nothing_of_ours() -> None:
    assert run("cat; echo done") == ("done",)
    assert os.environ.get("STAGE") is None

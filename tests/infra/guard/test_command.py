"""The shell text of a trial, run for real in a folder of its own; only systemd is stood in for."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.guard import Trial, command

TRIAL = Trial(
    unit="door",
    promised="/etc/infra/thing",
    stands="/etc/thing",
    what="the door's new lock",
    look="see the key",
    remember='cp "$W/door" "$TRIAL/before"',
    apply='echo "it\'s new" >"$W/door"',
    undo='cp "$TRIAL/before" "$W/door"',
    keep='cp "$W/door" "$W/kept"',
    seconds=30,
)


class Ground:
    """A folder with a door in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        tools = folder / "bin"
        tools.mkdir()
        for tool in ("systemctl", "systemd-run"):
            (tools / tool).write_text(f'#!/bin/sh\necho "{tool} $*" >>"$W/log"\n')
            (tools / tool).chmod(0o755)
        (folder / "door").write_text("old\n")

    def run(self, text: str) -> subprocess.CompletedProcess[str]:
        """Run shell text as the host's root would."""
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        here = text.replace(command.FOLDER, f"{self.folder}/run")
        env = {**os.environ, "W": str(self.folder), "PATH": path}
        return subprocess.run(["sh", "-c", here], capture_output=True, text=True, env=env)

    def read(self, name: str) -> str:
        """Text of a file; empty when there is none."""
        path = self.folder / name
        return path.read_text().strip() if path.exists() else ""

    def fire(self) -> None:
        """What the timer does."""
        self.run(f"/bin/sh {command.FOLDER}/door/undo")


@pytest.fixture
def ground(tmp_path: Path) -> Ground:
    return Ground(tmp_path)


def test_the_timer_is_armed_before_the_change_and_told_when(ground: Ground) -> None:
    log = replace(TRIAL, apply='echo applied >>"$W/log"')
    assert ground.run(command.begin(log)).returncode == 0
    lines = ground.read("log").splitlines()
    armed = next(n for n, line in enumerate(lines) if line.startswith("systemd-run"))
    assert "--unit=infra-guard-door --on-active=30 " in lines[armed]
    assert lines.index("applied") > armed


def test_a_change_that_was_proven_is_kept_and_the_timer_disarmed(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    assert ground.read("door") == "it's new"
    assert ground.read("kept") == ""
    assert ground.run(command.pending_command("door")).returncode == 0
    assert ground.run(command.settle(TRIAL)).returncode == 0
    assert ground.read("kept") == "it's new"
    assert "systemctl stop infra-guard-door.timer" in ground.read("log").splitlines()
    assert ground.run(command.pending_command("door")).returncode != 0


def test_the_timer_brings_back_what_was(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    ground.fire()
    assert ground.read("door") == "old"
    assert ground.run(command.undone_command("door")).returncode == 0


def test_what_the_timer_undid_is_not_kept(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    ground.fire()
    late = ground.run(command.settle(TRIAL))
    assert late.returncode != 0
    assert "rolled back" in late.stderr
    assert ground.read("kept") == ""


def test_a_timer_that_fires_late_undoes_nothing(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    ground.run(command.settle(TRIAL))
    ground.fire()
    assert ground.read("door") == "it's new"


def test_a_change_that_fails_is_undone_at_once(ground: Ground) -> None:
    broken = replace(TRIAL, apply='echo half >"$W/door"; echo no such lock >&2; false')
    done = ground.run(command.begin(broken))
    assert done.returncode != 0
    assert "no such lock" in done.stderr
    assert ground.read("door") == "old"


def test_nothing_is_changed_where_undoing_cannot_be_prepared(ground: Ground) -> None:
    done = ground.run(command.begin(replace(TRIAL, remember="false")))
    assert done.returncode != 0
    assert ground.read("door") == "old"


def test_what_a_killed_run_left_is_undone_before_it_is_tried_again(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    again = replace(TRIAL, apply='cp "$W/door" "$W/seen"; echo newer >"$W/door"')
    assert ground.run(command.begin(again)).returncode == 0
    assert ground.read("seen") == "old"
    ground.fire()
    assert ground.read("door") == "old"


def test_a_change_that_was_not_made_yet_is_not_kept_and_its_timer_goes_on(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    assert ground.run(command.applied_command("door")).returncode == 0
    (ground.folder / "run" / "door" / "applied").unlink()
    (ground.folder / "log").unlink()
    early = ground.run(command.settle(TRIAL))
    assert (early.returncode, early.stderr) == (1, "was not applied\n")
    assert (ground.read("kept"), ground.read("log")) == ("", "")
    ground.fire()
    assert ground.read("door") == "old"


def test_a_change_that_the_timer_overtook_is_not_made(ground: Ground) -> None:
    (ground.folder / "bin" / "systemd-run").write_text('#!/bin/sh\nsh "$TRIAL/undo"\n')
    done = ground.run(command.begin(TRIAL))
    assert done.returncode != 0
    assert "was rolled back before it was made" in done.stderr
    assert ground.read("door") == "old"
    assert ground.run(command.applied_command("door")).returncode != 0


def test_a_change_that_hangs_is_given_up_and_undone(ground: Ground) -> None:
    hangs = replace(TRIAL, apply=f"{TRIAL.apply}; sleep 60", seconds=1)
    assert ground.run(command.begin(hangs)).returncode != 0
    assert ground.read("door") == "old"


def test_undoing_by_hand_says_whether_it_is_undone(ground: Ground) -> None:
    ground.run(command.begin(TRIAL))
    assert ground.run(command.undo(TRIAL)).returncode == 0
    assert ground.run(command.undo(TRIAL)).returncode == 0
    assert ground.read("door") == "old"
    stuck = replace(TRIAL, undo="false")
    ground.run(command.begin(stuck))
    assert ground.run(command.undo(stuck)).returncode != 0

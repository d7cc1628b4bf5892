"""apt and apt-mark wait for whoever has their locks, and for nothing else."""

import subprocess
from pathlib import Path

import pytest

from infra.apt import command as apt


def shims(folder: Path, **programs: str) -> dict[str, str]:
    for name, text in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def sh(text: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", text], env=env, capture_output=True, text=True, timeout=20)


@pytest.mark.parametrize(
    ("says", "waits"),
    [("echo s=\\'30\\'", ""), ("true", "-o DPkg::Lock::Timeout=600 ")],
)
def test_apt_waits_as_long_as_the_host_says_and_else_ten_minutes(
    tmp_path: Path, says: str, waits: str
) -> None:
    env = shims(tmp_path, apt_config=says, apt_get='echo "$*"')
    said = sh(f"{apt.APT} check", env)
    assert said.stdout.startswith(f"-q -y {waits}-o Dpkg::Options::=--force-confdef ")


LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"


def test_lists_that_another_apt_fetches_are_waited_for(tmp_path: Path) -> None:
    held = f'[ -e "$0.free" ] || {{ echo "{LOCKED}" >&2; exit 100; }}; echo "$*" >>"$0.log"'
    frees = ':>"${0%/*}/apt-get.free"'
    env = shims(tmp_path, apt_config="true", apt_get=held, sleep=frees)
    assert sh(f"{apt.update_command('-o a=b')} && echo done", env).stdout == "done\n"
    assert (tmp_path / "apt-get.log").read_text().endswith(" update -o a=b\n")


def test_lists_are_waited_for_no_longer_than_the_host_says(tmp_path: Path) -> None:
    env = shims(
        tmp_path,
        apt_config="echo \"$2='2'\"",
        apt_get=f'echo >>"$0.log"; echo "{LOCKED}"; exit 100',
        sleep="true",
    )
    said = sh(apt.update_command(), env)
    assert (said.returncode, said.stderr) == (100, f"{LOCKED}\n")
    assert (tmp_path / "apt-get.log").read_text() == "\n\n\n"


def test_another_failure_of_apt_is_told_at_once(tmp_path: Path) -> None:
    env = shims(
        tmp_path, apt_config="true", apt_get="echo E: no such host; exit 100", sleep="kill $PPID"
    )
    said = sh(apt.update_command(), env)
    assert (said.returncode, said.stderr) == (100, "E: no such host\n")


def test_a_hold_waits_for_dpkgs_lock(tmp_path: Path) -> None:
    held = '[ -e "$0.free" ] || exit 1; echo "$*" >>"$0.log"'
    env = shims(tmp_path, apt_mark=held, sleep=':>"${0%/*}/apt-mark.free"')
    assert sh(f"{apt.hold_command(['a', 'b;c'])} && echo done", env).stdout == "done\n"
    assert (tmp_path / "apt-mark.log").read_text() == "hold a b;c\n"

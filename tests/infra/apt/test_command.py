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


DATABASE = "dpkg: error: dpkg frontend lock was locked by another process with pid 7"


def test_a_hold_waits_for_dpkgs_lock(tmp_path: Path) -> None:
    held = f'[ -e "$0.free" ] || {{ echo "{DATABASE}" >&2; exit 1; }}; echo "$*" >>"$0.log"'
    env = shims(tmp_path, apt_mark=held, sleep=':>"${0%/*}/apt-mark.free"')
    assert sh(f"{apt.hold_command(['a', 'b;c'])} && echo done", env).stdout == "done\n"
    assert (tmp_path / "apt-mark.log").read_text() == "hold a b;c\n"


def test_a_hold_that_fails_for_another_reason_is_told_at_once(tmp_path: Path) -> None:
    env = shims(tmp_path, apt_mark="echo E: no space >&2; exit 100", sleep="kill $PPID")
    said = sh(apt.hold_command(["a"]), env)
    assert (said.returncode, said.stderr) == (1, "E: no space\n")


def test_lists_whose_lock_cannot_be_written_are_not_waited_for(tmp_path: Path) -> None:
    full = (
        "E: Could not open lock file /var/lib/apt/lists/lock - open (28: No space left on device)"
    )
    env = shims(tmp_path, apt_config="true", apt_get=f"echo '{full}'; exit 100", sleep="kill $PPID")
    assert sh(apt.update_command(), env).stderr == f"{full}\n"


def test_a_mirror_that_says_nothing_is_soon_given_up(tmp_path: Path) -> None:
    env = shims(tmp_path, apt_config="true", apt_get='echo "$*" >>"$0.log"')
    sh(apt.update_command(), env)
    said = (tmp_path / "apt-get.log").read_text()
    assert "Acquire::Retries=1 " in said
    assert "Acquire::http::Timeout=10 " in said


INSTALL = """
echo "$*" >>"$0.log"
case $* in *--fix-broken*) : >"$0.mended"; exit 0 ;; esac
[ -e "$0.mended" ] || { echo "E: Unmet dependencies. Try 'apt --fix-broken install'"; exit 100; }
echo installed
"""


def test_what_packages_lack_is_added_and_the_installation_tried_again(tmp_path: Path) -> None:
    env = shims(
        tmp_path, apt_config="true", apt_get=INSTALL, dpkg='[ -e "${0%/*}/apt-get.mended" ]'
    )
    said = sh(apt.install_command({"a": "1", "b": None}), env)
    assert (said.returncode, said.stdout) == (0, "installed\n")
    ran = (tmp_path / "apt-get.log").read_text().splitlines()
    assert [
        ("--fix-broken --no-remove install" in line, line.endswith("a=1 b")) for line in ran
    ] == [
        (False, True),
        (True, False),
        (False, True),
    ]


def test_an_installation_that_fails_for_another_reason_is_told_at_once(tmp_path: Path) -> None:
    env = shims(
        tmp_path,
        apt_config="true",
        apt_get='echo x >>"$0.log"; echo E: no a; exit 100',
        dpkg="false",
    )
    said = sh(apt.install_command({"a": None}), env)
    assert (said.returncode, said.stdout) == (100, "E: no a\n")
    assert (tmp_path / "apt-get.log").read_text() == "x\n"


@pytest.mark.parametrize(
    "wrapped",
    [apt.finishing("apt-get x"), apt.install_command({"a": None})],
    ids=["any", "install"],
)
def test_apt_goes_on_when_nobody_reads_what_it_says_any_more(tmp_path: Path, wrapped: str) -> None:
    """As when the connection is lost: a program that writes to a pipe without a reader is ended."""
    says = 'echo one; until [ -e "$0.go" ]; do sleep 0.05; done; echo two; echo 3; : >"$0.done"'
    env = shims(tmp_path, apt_config="true", apt_get=says, dpkg="true")
    with subprocess.Popen(["sh", "-c", wrapped], env=env, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.close()
        (tmp_path / "apt-get.go").touch()
        child.wait(timeout=20)
    assert (tmp_path / "apt-get.done").exists()


def test_what_goes_on_without_us_still_says_how_it_ended() -> None:
    done = subprocess.run(
        ["sh", "-c", apt.finishing("echo out; echo err >&2; exit 7")],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (7, "out\nerr\n")


REINSTALL = "--no-remove --allow-change-held-packages --reinstall install a b"


def test_what_was_unpacked_in_part_is_installed_anew(tmp_path: Path) -> None:
    """dpkg passes it over, and has the old version on record for it."""
    env = shims(
        tmp_path,
        apt_config="true",
        apt_get='echo "$*" >>"$0.log"',
        dpkg="true",
        dpkg_query="echo a reinstreq; echo c ok; echo b reinstreq",
    )
    assert sh(apt.REPAIR, env).returncode == 0
    first, second = (tmp_path / "apt-get.log").read_text().splitlines()
    assert first.endswith(REINSTALL)
    assert second.endswith("--fix-broken --no-remove install")


def test_what_was_only_unpacked_needs_no_apt(tmp_path: Path) -> None:
    env = shims(tmp_path, apt_config="true", apt_get="exit 1", dpkg="true", dpkg_query="true")
    assert sh(apt.REPAIR, env).returncode == 0


def test_packages_are_let_go_of(tmp_path: Path) -> None:
    env = shims(tmp_path, apt_mark='echo "$*" >>"$0.log"')
    assert sh(apt.unhold_command(["a", "b"]), env).returncode == 0
    assert (tmp_path / "apt-mark.log").read_text() == "unhold a b\n"

"""Shared operations change what differs, and nothing else."""

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest

from infra import facts, observed, operations
from infra.apt import AptRepository
from infra.role import Settings
from infra.testing import Rehearsal, rehearse

TEXT = "worker_processes auto;\n"
SAME = observed.FileStat("644", "root", "root", hashlib.sha256(TEXT.encode()).hexdigest())


def write(found: observed.FileStat | None, **more: object) -> Rehearsal:
    def apply(_: Settings) -> None:
        site = operations.write_file(path="/etc/x/site.conf", text=TEXT, name="Write site", **more)
        operations.reload_unit(
            unit_name="nginx.service", name="Reload nginx", _if=operations.changed(site)
        )

    return rehearse(apply, Settings(), facts={facts.FileStat: found})


def test_a_missing_file_is_written_and_what_depends_on_it_reloaded() -> None:
    assert write(None).changed == ("Write site", "Reload nginx")


def test_a_file_as_promised_is_left_alone() -> None:
    assert write(SAME).changed == ()
    assert write(SAME).commands == ()


@pytest.mark.parametrize(
    "found",
    [
        observed.FileStat("600", "root", "root", SAME.sha256),
        observed.FileStat("644", "daemon", "root", SAME.sha256),
        observed.FileStat("644", "root", "root", "0" * 64),
    ],
)
def test_a_file_that_differs_in_anything_is_written(found: observed.FileStat) -> None:
    assert "Write site" in write(found).changed


def test_a_files_text_travels_on_standard_input_alone() -> None:
    command = write(None).commands[0]
    assert TEXT.strip() not in command.text
    assert base64.b64decode(command.stdin).decode() == TEXT


def run_write(folder: Path, *, validate: str | None = None) -> subprocess.CompletedProcess[str]:
    text = operations._replace_file(
        f"{folder}/deep/it's.conf", mode="640", owner="root:root", validate=validate
    )
    text = text.replace("chown root:root", "true")
    stdin = base64.encodebytes(TEXT.encode()).decode()
    return subprocess.run(["sh", "-c", text], input=stdin, capture_output=True, text=True)


def test_the_command_puts_the_file_in_place_with_its_mode(tmp_path: Path) -> None:
    assert run_write(tmp_path).returncode == 0
    path = tmp_path / "deep" / "it's.conf"
    assert path.read_text() == TEXT
    assert oct(path.stat().st_mode & 0o777) == "0o640"


def test_a_file_that_is_refused_by_its_validation_replaces_nothing(tmp_path: Path) -> None:
    run_write(tmp_path)
    path = tmp_path / "deep" / "it's.conf"
    path.write_text("the old one")
    assert run_write(tmp_path, validate="grep -q nonsense {}").returncode != 0
    assert path.read_text() == "the old one"
    assert [entry.name for entry in path.parent.iterdir()] == ["it's.conf"]


def test_packages_are_installed_at_their_versions_and_held_in_two_commands() -> None:
    def apply(_: Settings) -> None:
        operations.packages(wanted={"a": "1-2", "b": None}, hold=True, name="Install")

    installed = {"a": observed.Package("1-2", held=True), "b": observed.Package("9", held=True)}
    assert rehearse(apply, Settings(), facts={facts.Packages: installed}).commands == ()
    done = rehearse(apply, Settings(), facts={facts.Packages: {}})
    assert done.commands[0].text.endswith("a=1-2 b")
    assert "apt-mark hold a b" in done.commands[1].text
    unheld = {**installed, "a": observed.Package("1-2", held=False)}
    done = rehearse(apply, Settings(), facts={facts.Packages: unheld})
    assert ["apt-mark hold a b" in made.text for made in done.commands] == [True]


@pytest.mark.parametrize(
    ("found", "command"),
    [
        (observed.Unit("loaded", "active", "enabled", False), None),
        (observed.Unit("loaded", "inactive", "enabled", False), "systemctl start x"),
        (
            observed.Unit("loaded", "active", "disabled", True),
            "systemctl daemon-reload && systemctl enable x",
        ),
    ],
)
def test_a_unit_is_brought_to_its_state_in_one_command(
    found: observed.Unit, command: str | None
) -> None:
    def apply(_: Settings) -> None:
        operations.unit(unit_name="x", name="Start x")

    done = rehearse(apply, Settings(), facts={facts.Unit: found})
    assert [made.text for made in done.commands] == ([command] if command else [])


def test_one_key_has_one_path_whichever_repository_names_it() -> None:
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nA\n"
    one = AptRepository(uri="http://m/a", suites=("s",), components=("main",), key=key)
    two = AptRepository(uri="http://m/a", suites=("s",), components=("extra",), key=key)
    assert one.keyring == two.keyring
    assert one.digest != two.digest
    assert "Components: main\n" in one.sources()


def test_a_flat_repository_has_no_components_line() -> None:
    key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"
    assert "Components" not in AptRepository(uri="http://m", suites=("/",), key=key).sources()


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
    said = sh(f"{operations.APT} check", env)
    assert said.stdout.startswith(f"-q -y {waits}-o Dpkg::Options::=--force-confdef ")


LOCKED = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1 (apt-get)"


def test_lists_that_another_apt_fetches_are_waited_for(tmp_path: Path) -> None:
    held = f'[ -e "$0.free" ] || {{ echo "{LOCKED}" >&2; exit 100; }}; echo "$*" >>"$0.log"'
    frees = ':>"${0%/*}/apt-get.free"'
    env = shims(tmp_path, apt_config="true", apt_get=held, sleep=frees)
    assert sh(f"{operations.update_command('-o a=b')} && echo done", env).stdout == "done\n"
    assert (tmp_path / "apt-get.log").read_text().endswith(" update -o a=b\n")


def test_lists_are_waited_for_no_longer_than_the_host_says(tmp_path: Path) -> None:
    env = shims(
        tmp_path,
        apt_config="echo \"$2='2'\"",
        apt_get=f'echo >>"$0.log"; echo "{LOCKED}"; exit 100',
        sleep="true",
    )
    said = sh(operations.update_command(), env)
    assert (said.returncode, said.stderr) == (100, f"{LOCKED}\n")
    assert (tmp_path / "apt-get.log").read_text() == "\n\n\n"


def test_another_failure_of_apt_is_told_at_once(tmp_path: Path) -> None:
    env = shims(
        tmp_path, apt_config="true", apt_get="echo E: no such host; exit 100", sleep="kill $PPID"
    )
    said = sh(operations.update_command(), env)
    assert (said.returncode, said.stderr) == (100, "E: no such host\n")


def test_a_hold_waits_for_dpkgs_lock(tmp_path: Path) -> None:
    held = '[ -e "$0.free" ] || exit 1; echo "$*" >>"$0.log"'
    env = shims(tmp_path, apt_mark=held, sleep=':>"${0%/*}/apt-mark.free"')
    assert sh(f"{operations.hold_command(['a', 'b;c'])} && echo done", env).stdout == "done\n"
    assert (tmp_path / "apt-mark.log").read_text() == "hold a b;c\n"

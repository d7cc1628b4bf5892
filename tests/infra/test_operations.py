"""Shared operations change what differs, and nothing else."""

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest

from infra import facts, observed, operations
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


def run_write(
    folder: Path, *, validate: str | None = None, arrives: str = TEXT
) -> subprocess.CompletedProcess[str]:
    text = operations._replace_file(
        f"{folder}/deep/it's.conf",
        mode="640",
        owner="root:root",
        validate=validate,
        size=len(TEXT.encode()),
    )
    text = text.replace("chown root:root", "true")
    stdin = base64.encodebytes(arrives.encode()).decode()
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


@pytest.mark.parametrize("arrives", ["", TEXT[:5]])
def test_a_text_that_broke_off_on_its_way_replaces_nothing(tmp_path: Path, arrives: str) -> None:
    run_write(tmp_path)
    assert run_write(tmp_path, arrives=arrives).returncode != 0
    assert (tmp_path / "deep" / "it's.conf").read_text() == TEXT


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

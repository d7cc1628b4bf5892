"""What is refused before any work begins, and how wide reports are."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.text import Text

from infra.cli_options import console
from infra.hanging import Hanging

RACK = "base_hosts = [('far', {'ssh_hostname': '127.0.0.9', 'ssh_port': 9})]\n"


def infra(*words: str, cwd: Path, state: Path) -> subprocess.CompletedProcess[str]:
    (cwd / "rack.py").write_text(RACK)
    return subprocess.run(
        [str(Path(sys.executable).with_name("infra")), *words],
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, "XDG_STATE_HOME": str(state)},
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "rack.py", "--json", "."), "--json .: is a folder"),
        (("check", "rack.py", "--junit", "."), "--junit .: is a folder"),
        (("deploy", "rack.py", "--json", "/dev/null"), "--json /dev/null: is no regular file"),
        (("deploy", "rack.py", "--json", "rack.py/x"), "rack.py cannot be written to"),
        (("check", "rack.py", "--junit", "/proc/x"), "/proc cannot be written to"),
        (("deploy", "rack.py", "--reboot-seconds", "0"), "--reboot-seconds"),
    ],
)
def test_what_cannot_be_is_refused_before_work_begins(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    done = infra(*words, cwd=tmp_path, state=tmp_path / "state")
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("command", ["deploy", "check"])
def test_a_state_folder_that_cannot_be_written_is_refused(tmp_path: Path, command: str) -> None:
    done = infra(command, "rack.py", cwd=tmp_path, state=Path("/proc"))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("XDG_STATE_HOME, for the log: /proc cannot be written to")


def test_a_file_in_a_folder_yet_to_be_made_is_written(tmp_path: Path) -> None:
    where = tmp_path / "new" / "found.json"
    done = infra("check", "rack.py", "--json", str(where), cwd=tmp_path, state=tmp_path / "state")
    assert done.returncode != 2, done.stderr
    assert where.is_file()


def test_nothing_is_wrapped_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/a/long/path" * 20
    out = console(None)
    out.print(Hanging(Text(f"see {path} for more")))
    assert capsys.readouterr().out == f"  see {path} for more\n"

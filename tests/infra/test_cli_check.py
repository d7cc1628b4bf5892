"""What `infra check` refuses before it contacts a host."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli_check import check

ROOT = Path(__file__).resolve().parents[2]
LOST = """base_hosts = (["n"], {"ssh_hostname": "127.0.0.1", "ssh_port": 1})\n"""


def checked(inventory: Path, state: Path, *, limits: str = "") -> subprocess.CompletedProcess[str]:
    """A check of a host that nothing answers for."""
    words = [sys.executable, "-m", "infra", "check", str(inventory)]
    return subprocess.run(
        ["/bin/sh", "-c", f'{limits or ":"}; exec "$@"', "sh", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(state)},
    )


def test_a_history_that_cannot_be_kept_hides_no_verdict(tmp_path: Path) -> None:
    inventory, state = tmp_path / "i.py", tmp_path / "state"
    inventory.write_text(LOST)
    assert checked(inventory, state).returncode == 3
    (words,) = state.rglob("history/words.json")
    words.unlink()
    words.mkdir()
    done = checked(inventory, state)
    assert done.returncode == 3, done.stderr
    assert "unreachable" in done.stdout
    assert "history could not be written, so nothing is compared" in done.stdout


def test_a_disk_without_room_is_a_sentence_after_the_verdicts(tmp_path: Path) -> None:
    inventory = tmp_path / "i.py"
    inventory.write_text(LOST)
    done = checked(inventory, tmp_path / "state", limits="ulimit -f 0")
    assert done.returncode == 1
    assert "unreachable" in done.stdout
    assert "Traceback" not in done.stderr
    assert "make room" in done.stderr


@pytest.mark.parametrize("kind", ["junit", "html", "markdown", "prometheus"])
def test_json_alone_goes_to_standard_output(kind: str) -> None:
    done = CliRunner().invoke(check, ["lab.py", f"--{kind}", "-"])
    assert (done.exit_code, done.output) == (
        2,
        f"--{kind} -: name a file; only --json goes to standard output\n",
    )


def test_two_reports_are_not_written_to_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(check, ["lab.py", "--html", "r", "--json", str(tmp_path / "r")])
    assert done.exit_code == 2
    assert done.output.startswith("--html and --json: both name ")
    other = CliRunner().invoke(check, ["lab.py", "--html", "a", "--json", "-", "--junit", "b"])
    assert "both name" not in other.output

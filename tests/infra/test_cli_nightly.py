"""`infra nightly` where no systemd runs the machine, and what its units call."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli_nightly import nightly
from infra.cli_nightly_run import handed_on
from infra.nightly_systemd import Manager

ROOT = Path(__file__).resolve().parents[2]
_NO_SYSTEMD = pytest.mark.skipif(
    Path("/run/systemd/system").is_dir(), reason="systemd runs this machine"
)


@_NO_SYSTEMD
@pytest.mark.parametrize("command", ["install", "status", "uninstall"])
def test_without_systemd_nothing_is_installed(command: str) -> None:
    done = CliRunner().invoke(nightly, [command, str(ROOT / "inventories" / "lab.py")])
    assert (done.exit_code, done.output) == (
        2,
        "systemd does not run this machine: call `infra nightly run` from what does\n",
    )


def test_a_wrong_inventory_is_refused_first(tmp_path: Path) -> None:
    done = CliRunner().invoke(nightly, ["install", str(tmp_path / "absent.py")])
    assert done.exit_code == 2
    assert "absent.py" in done.output


def test_reports_that_cannot_be_written_are_told_before_a_host_is_contacted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "file").touch()
    into = tmp_path / "file" / "reports"
    words = ["run", str(ROOT / "inventories" / "rack.py"), "--reports", str(into)]
    done = CliRunner().invoke(nightly, words)
    assert done.exit_code == 2
    assert f"reports in {into}: {tmp_path / 'file'} cannot be written to" in done.output


def test_what_cannot_be_handed_on_keeps_nothing_else_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report").write_text("made")
    (tmp_path / "file").touch()
    wrong, right = tmp_path / "file" / "rack.html", tmp_path / "www" / "rack.html"
    source = tmp_path / "report"
    assert handed_on({wrong: source, right: source}) == (wrong,)
    assert right.read_text() == "made"
    assert f"{wrong}: could not be written: " in capsys.readouterr().err


def test_a_user_has_folders_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    own, machine = Manager(system=False, home=tmp_path), Manager(system=True, home=tmp_path)
    assert own.folder == tmp_path / ".config/systemd/user"
    assert own.credentials == tmp_path / ".config/infra/credentials"
    assert machine.folder == Path("/etc/systemd/system")
    assert machine.lingers("anybody")

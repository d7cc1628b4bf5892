"""What `infra check` refuses before it contacts a host."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from infra.cli_check import check


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

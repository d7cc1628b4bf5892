"""What the scripts of bin/ promise, in a copy whose programs are stand-ins."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BIN = Path(__file__).resolve().parents[2] / "bin"


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A clone whose environment is installed, made of stand-ins that say their name."""
    root = tmp_path / "clone"
    shutil.copytree(BIN, root / "bin")
    (root / "pyproject.toml").write_text("[project]\n")
    for name in ("infra", "ruff", "mypy", "pytest"):
        program(root / ".venv/bin" / name, f'echo {name} "$@" in "$PWD"')
    ask = ["sh", "-c", '. bin/setup.sh; wanted_stamp "[dev]"', "bin/any"]
    stamp = subprocess.run(ask, cwd=root, capture_output=True, text=True, check=True).stdout
    (root / ".venv/.infra[dev]").write_text(stamp)
    return root


def run(
    root: Path, *words: str, cwd: Path | None = None, sudo: str = ""
) -> subprocess.CompletedProcess[str]:
    path = f"{root / 'fake'}:{os.environ['PATH']}"
    return subprocess.run(
        [str(root / words[0]), *words[1:]],
        cwd=cwd or root,
        env={**os.environ, "PATH": path, "SUDO_UID": sudo, "SUDO_GID": ""},
        capture_output=True,
        text=True,
    )


def test_every_step_runs_when_all_is_well(project: Path) -> None:
    done = run(project, "bin/test", "--no-lab", "-x")
    assert done.returncode == 0, done.stderr
    steps = [line.split()[:2] for line in done.stdout.splitlines()]
    assert steps == [
        ["ruff", "check"],
        ["ruff", "format"],
        ["mypy", "in"],
        ["pytest", "--ignore=tests/lab"],
    ]


@pytest.mark.parametrize(
    ("name", "fails"),
    [
        ("ruff", '[ "$1" != check ]'),
        ("ruff", '[ "$1" != format ]'),
        ("mypy", "false"),
        ("pytest", "false"),
    ],
)
def test_a_step_that_fails_fails_the_tests(project: Path, name: str, fails: str) -> None:
    program(project / ".venv/bin" / name, fails)
    assert run(project, "bin/test", "--no-lab").returncode != 0


def test_infra_is_the_console_script_in_the_folder_of_its_caller(
    project: Path, tmp_path: Path
) -> None:
    program(project / ".venv/bin/python", "echo python puts the caller's folder first; exit 1")
    done = run(project, "bin/infra", "validate", "rack.py", cwd=tmp_path)
    assert done.stdout == f"infra validate rack.py in {tmp_path}\n"


def test_nothing_is_imported_from_the_callers_folder(project: Path, tmp_path: Path) -> None:
    (project / ".venv/.infra[dev]").unlink()
    program(
        project / ".venv/bin/python", 'case $* in *"-I -m pip "*) ;; *"-I -c"*) ;; *) exit 9; esac'
    )
    (project / "infra.egg-info").mkdir()
    for name in ("ensurepip", "venv", "pip"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a stranger was imported')\n")
    done = run(project, "bin/infra", "roles", cwd=tmp_path)
    assert "stranger" not in done.stderr
    assert (done.returncode, done.stdout) == (0, f"infra roles in {tmp_path}\n"), done.stderr
    assert not (project / ".venv.lock").exists()


def test_what_sudo_makes_belongs_to_the_clones_owner(project: Path) -> None:
    (project / ".venv/.infra[dev]").unlink()
    program(project / ".venv/bin/python", "exit 0")
    program(project / "fake/chown", 'echo "$@" >&2')
    before = {path.name for path in project.iterdir()}
    done = run(project, "bin/infra", sudo="1000")
    assert f"-R 1000:0 {project}/.venv {project}/infra.egg-info\n" in done.stderr
    assert {path.name for path in project.iterdir()} == before


def without_venv(project: Path, *, install: str) -> subprocess.CompletedProcess[str]:
    shutil.rmtree(project / ".venv")
    program(project / "fake/python3", 'case $* in *ensurepip*|*"-m venv"*) exit 1; esac')
    program(project / "fake/id", "echo 0")
    program(
        project / "fake/apt-get",
        f"case $* in *update*) echo E: no mirror >&2; exit 100; esac; {install}",
    )
    return run(project, "bin/infra")


def test_package_lists_that_stay_old_are_told_and_the_install_decides(project: Path) -> None:
    done = without_venv(project, install="exit 0")
    assert "E: no mirror\napt-get update failed" in done.stderr
    assert "python3-venv cannot be installed" not in done.stderr
    assert done.returncode == 2 and "cannot make" in done.stderr


def test_an_install_that_fails_is_told(project: Path) -> None:
    done = without_venv(project, install="exit 100")
    assert (done.returncode, "python3-venv cannot be installed" in done.stderr) == (2, True)

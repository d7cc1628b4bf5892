"""What the command line promises without a host: speed, sentences, exit codes."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def infra(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra", *words], capture_output=True, text=True, cwd=cwd
    )


def modules_after(*words: str) -> str:
    code = (
        "import sys; from click.testing import CliRunner; from infra.cli import cli\n"
        f"CliRunner().invoke(cli, {list(words)!r})\n"
        "print([name for name in ('pyinfra', 'paramiko', 'gevent') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "words", [("--help",), ("validate", "inventories/lab.py"), ("roles",), ("docs", "--check")]
)
def test_commands_that_touch_no_host_import_no_transport(words: tuple[str, ...]) -> None:
    assert modules_after(*words) == "[]"


@pytest.mark.parametrize("command", ["validate", "deploy", "check"])
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rack.yaml", "a: [h]\n"),
        ("rack.py", ""),
        ("rack.py", "import nowhere\n"),
        ("rack.py", "gpu_nodes = ['a'\n"),
        ("rack.py", "others = ['a']\n"),
    ],
)
def test_a_bad_inventory_is_refused_without_a_traceback(
    tmp_path: Path, command: str, name: str, text: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    done = infra(command, str(path))
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}: ")
    assert "1 mistake. Nothing was touched." in done.stderr
    assert "Traceback" not in done.stderr


def test_the_command_imports_nothing_from_the_folder_it_is_called_in(tmp_path: Path) -> None:
    for name in ("click.py", "roles/__init__.py", "deploys/__init__.py"):
        stranger = tmp_path / name
        stranger.parent.mkdir(exist_ok=True)
        stranger.write_text("raise SystemExit('a stranger was imported')\n")
    (tmp_path / "rack.py").write_text("base_hosts = ['127.0.0.9']\n")
    script = Path(sys.executable).with_name("infra")
    command = [str(script), "validate", "rack.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "✓ rack.py: 1 node, no mistakes. Nothing was touched.\n"


def test_an_unknown_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text("base_hosts = ['127.0.0.9']\n")
    done = infra("deploy", str(path), "--limit", "nobody")
    assert (done.returncode, "no such node or group" in done.stderr) == (2, True)


@pytest.mark.parametrize("command", ["deploy", "check"])
def test_a_secret_that_is_not_here_is_told_before_a_host_is_contacted(
    tmp_path: Path, command: str
) -> None:
    path = tmp_path / "rack.py"
    path.write_text(
        "base_hosts = [('h', {'ssh_hostname': '127.0.0.9', '_sudo': True,"
        " '_sudo_password': 'env:INFRA_TEST_NOT_SET'})]\n"
    )
    done = infra(command, str(path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == (
        f"{path}: h: _sudo_password: env:INFRA_TEST_NOT_SET: nothing there; "
        "set it on the control host"
    )

"""What `infra init` says when it cannot look at a host."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def init(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra", "init", *words], capture_output=True, text=True, cwd=ROOT
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nobody",), "give it as user@host"),
        (("ops@127.0.0.9", "--key", "/nowhere/key"), "--key /nowhere/key: No such file"),
        (("ops@127.0.0.9", "--key", "/"), "--key /: Is a directory"),
        (("ops@127.0.0.9", "--name", "a b"), "give letters, digits"),
        (("ops@127.0.0.9", "--out", "/proc/nowhere/box.py"), "choose another with --out"),
        (("ops@127.0.0.9", "--out", "box.yaml"), "end its name in .py"),
        (("ops@127.0.0.9", "--out", str(ROOT / "inventories" / "lab.py")), "exists already"),
    ],
)
def test_a_wrong_command_is_refused_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    done = init(*words)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert sentence in done.stderr


def test_a_key_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("no key\n")
    done = init("ops@127.0.0.9", "--key", str(key), "--out", str(tmp_path / "box.py"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert done.stderr.startswith("127.0.0.9: ")


def test_a_host_that_does_not_answer_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    out = tmp_path / "new" / "box.py"
    done = init(f"ops@127.0.0.1:{port}", "--out", str(out))
    assert (done.returncode, out.exists(), "Traceback" in done.stderr) == (1, False, False)
    assert done.stderr.startswith("127.0.0.1: ")

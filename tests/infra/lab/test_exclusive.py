import os
import subprocess
import sys
from pathlib import Path

from infra.lab.exclusive import exclusive

HOLD = """
import sys
from pathlib import Path
from infra.lab.exclusive import exclusive
with exclusive(print, path=Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_the_second_waits_and_says_for_whom(tmp_path: Path) -> None:
    path, said = tmp_path / "lock", []
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as other:
        assert other.stdin is not None and other.stdout is not None
        assert other.stdout.readline() == "held\n"
        release = other.stdin

        def say(line: str) -> None:
            said.append(line)
            release.write("\n")
            release.flush()

        with exclusive(say, path=path):
            assert str(os.getpid()) in path.read_text()
    assert len(said) == 1
    assert f"process {other.pid}" in said[0]


def test_an_ended_holder_leaves_no_lock(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("process 1 (infra lab up)")
    said: list[str] = []
    with exclusive(said.append, path=tmp_path / "lock"):
        pass
    assert said == []

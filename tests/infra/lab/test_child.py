"""The lab is started without gevent's patches, and its exit code is told."""

import subprocess
import sys
from pathlib import Path

PATCHED = """
from gevent import monkey; monkey.patch_all()
import sys
from pathlib import Path
from infra.lab import child
sys.exit(child.up(Path(sys.argv[1]), quiet=True))
"""


def test_a_refusal_of_the_lab_is_the_commands_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PATCHED, str(tmp_path / "none.py")], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert "none.py: no such file" in done.stderr


def test_the_child_is_not_patched(tmp_path: Path) -> None:
    path = tmp_path / "lab.py"
    path.write_text(
        "import sys\nraise RuntimeError('patched' if 'gevent.monkey' in sys.modules else 'plain')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", PATCHED, str(path)], capture_output=True, text=True
    )
    assert "RuntimeError: plain" in done.stderr

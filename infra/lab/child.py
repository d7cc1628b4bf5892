"""`infra lab up` in a process of its own.

Commands that talk to hosts run under gevent's patches; the lab's threads and file locks must not.
"""

import subprocess
import sys
from pathlib import Path

_MAIN = "from infra.__main__ import main; main()"


def up(inventory: Path, *, quiet: bool) -> int:
    """Have an inventory's lab hosts up; the exit code of `infra lab up`, which says what is wrong.

    With `quiet` its lines go to standard error, since standard output is for JSON.
    """
    words = [sys.executable, "-I", "-c", _MAIN, "lab", "up", "--inventory", str(inventory)]
    return subprocess.run(words, stdout=sys.stderr if quiet else None).returncode

"""Commands of the machine, run so that a failure says which and why."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path


class LabError(Exception):
    """What is wrong with the lab or its machine, in a sentence for its user."""


def run(
    args: Sequence[str | Path],
    *,
    input: str | None = None,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    check: bool = True,
    name: str | None = None,
) -> str:
    """Standard output of a command; LabError with its last words when it fails.

    `env` adds to the environment; `name` stands for the command in what is said of its failure.
    """
    command = [str(arg) for arg in args]
    text = input.encode() if input is not None else None
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, cwd=cwd, env={**os.environ, **(env or {})}
        )
    except FileNotFoundError as missing:
        raise LabError(f"{command[0]} is not installed on this machine") from missing
    if check and done.returncode != 0:
        said = name or " ".join(command[:6])
        raise LabError(f"{said} failed ({done.returncode}): {_last(done.stderr)}")
    return done.stdout.decode(errors="replace")


def _last(stderr: bytes, lines: int = 4) -> str:
    told = (line.strip() for line in stderr.decode(errors="replace").splitlines())
    # mmdebstrap and apt put what they do next on lines of their own behind what went wrong
    return " / ".join([line for line in told if line and not line.startswith("I: ")][-lines:])

"""Talks to a running emulator over its control socket (QMP: a JSON document a line)."""

import json
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from infra.lab.shell import LabError

_SECONDS = 60.0


def ask(path: Path, *commands: str, **given: str) -> list[object]:
    """What an emulator answers to commands, in order; waits until it listens.

    `given` are arguments of each of them, with - for _ in their names.
    Raises LabError with its words when it refuses one, or does not answer within a minute.
    """
    with _connected(path) as channel, channel.makefile("rw") as lines:
        json.loads(lines.readline())
        _answer(lines, "qmp_capabilities", {})
        arguments = {name.replace("_", "-"): value for name, value in given.items()}
        return [_answer(lines, command, arguments) for command in commands]


def _answer(lines: TextIO, command: str, arguments: Mapping[str, str]) -> object:
    lines.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
    lines.flush()
    # What happened meanwhile is told in between
    while "event" in (said := json.loads(lines.readline())):
        pass
    if "return" not in said:
        raise LabError(f"the emulator refuses {command}: {said.get('error', said)}")
    return said["return"]


def _connected(path: Path) -> socket.socket:
    until = time.monotonic() + _SECONDS
    while True:
        channel = socket.socket(socket.AF_UNIX)
        channel.settimeout(_SECONDS)
        try:
            channel.connect(str(path))
        except OSError as wrong:
            channel.close()
            if time.monotonic() > until:
                raise LabError(f"the emulator does not answer at {path}: {wrong}") from wrong
            time.sleep(0.05)
        else:
            return channel

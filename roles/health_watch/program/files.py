"""Files that the watch reads and writes: whole or not there."""

import json
import os
from contextlib import suppress
from typing import Any

ADMITTED = "/var/lib/infra/admitted.json"
"""Boot of each node with which it was let in; kept, so that a new start throws nobody out."""
STATE = "/run/infra-health.json"
"""What the watch sees, for people and checks."""


def text_at(path: str) -> str:
    """Text of a file; empty when there is none."""
    with suppress(FileNotFoundError), open(path, encoding="utf-8", errors="replace") as file:
        return file.read()
    return ""


def write_whole(path: str, text: str) -> None:
    """A file with this text for everybody to read; OSError leaves the old one."""
    aside = f"{path}.{os.getpid()}"
    try:
        with open(aside, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(text)
        os.replace(aside, path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(aside)


def parse_admitted(text: str) -> dict[str, str]:
    """Boot by node; nobody where the text is none: they are asked anew."""
    try:
        said: Any = json.loads(text)["nodes"]
        return {str(node): str(boot) for node, boot in said.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def admitted_text(admitted: dict[str, str]) -> str:
    """Text of ADMITTED."""
    return json.dumps({"nodes": admitted}, indent=1) + "\n"

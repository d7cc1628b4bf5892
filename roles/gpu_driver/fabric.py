"""The manager of NVSwitches, which works with the loaded driver of its own version alone."""

import re

UNIT = "nvidia-fabricmanager.service"
COMMAND = "PATH=$PATH:/usr/sbin:/usr/bin nv-fabricmanager --version 2>&1"
"""Shell text that prints the version of the installed manager."""


def version(text: str) -> str | None:
    """The version in the answer to `COMMAND`; None when it names none."""
    match = re.search(r"[Vv]ersion(?: is)?\s*:?\s*(\d{3,}\.\d+(?:\.\d+)?)", text)
    return match[1] if match is not None else None

"""The watch: modules that are tested one by one, and one file on a balancer."""

from pathlib import Path

from infra.one_file import joined

PATH = "/usr/local/sbin/infra-health"
MODE = "755"
_HEAD = """#!/usr/bin/python3 -IS
# Written by infra (health_watch); changes made here do not last.
# Takes engines that are dead, hung or stuck out of rotation, and lets them in again."""
_MODULES = (
    "promised",
    "metrics",
    "sockets",
    "seen",
    "judging",
    "standing",
    "deciding",
    "asking",
    "files",
    "rotation",
    "watching",
    "desk",
    "acting",
    "rounds",
    "telling",
    "main",
)
"""In an order in which each builds on those before it alone."""


def text() -> str:
    """Text of the program: its modules in one file, which the standard library is enough for."""
    folder = Path(__file__).parent
    return joined(_HEAD, package=__name__, folder=folder, modules=_MODULES)

"""The rotation program: modules that are tested one by one, and one file on a balancer."""

from pathlib import Path

from infra.one_file import joined

PATH = "/usr/local/sbin/infra-rotation"
MODE = "755"
_HEAD = """#!/usr/bin/python3 -IS
# Written by infra (load_balancer); changes made here do not last.
# Who of this balancer's nodes gets requests; infra-rotation --help."""
_MODULES = (
    "files",
    "members",
    "state",
    "roles",
    "splitting",
    "upstreams",
    "connections",
    "nginx",
    "publishing",
    "settling",
    "showing",
    "commands",
    "canaries",
    "swaps",
    "arguments",
    "main",
)
"""In an order in which each builds on those before it alone."""


def text() -> str:
    """Text of the program: its modules in one file, which the standard library is enough for."""
    folder = Path(__file__).parent
    return joined(_HEAD, package=__name__, folder=folder, modules=_MODULES)

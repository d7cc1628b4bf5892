"""The rotation program: modules that are tested one by one, and one file on a balancer."""

import ast
from pathlib import Path

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
    bodies = (_body((folder / f"{name}.py").read_text(encoding="utf-8")) for name in _MODULES)
    return "\n\n".join([_HEAD, *bodies]) + "\n"


def _body(source: str) -> str:
    """A module without what it imports from its sisters: that stands above it already."""
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(__name__):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).strip()

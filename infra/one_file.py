"""A program for a host in one file, made of modules that are tested one by one."""

import ast
from collections.abc import Iterable
from pathlib import Path


def joined(head: str, *, package: str, folder: Path, modules: Iterable[str]) -> str:
    """Text of the program: its head, then the modules of a folder in this order.

    What they import from their own package is left out: it stands above them already.
    """
    sources = ((folder / f"{name}.py").read_text(encoding="utf-8") for name in modules)
    bodies = (_without_sisters(source, package) for source in sources)
    return "\n\n".join([head, *bodies]) + "\n"


def _without_sisters(source: str, package: str) -> str:
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(package):
            del lines[node.lineno - 1 : node.end_lineno]
    return "\n".join(lines).strip()

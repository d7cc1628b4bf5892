"""Secrets come by reference, and are read where they are used."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

_SCHEMES = ("env:", "file:")


class SecretError(Exception):
    """A secret that its reference does not lead to; the message never holds the secret."""


def _reference(text: str) -> str:
    if not text.startswith(_SCHEMES):
        raise ValueError('a secret is given by reference: "env:NAME" or "file:/path"')
    return text


SecretRef = Annotated[str, AfterValidator(_reference)]
"""A reference to a secret: `env:NAME` or `file:/path` on the control host."""


def read(reference: str) -> str:
    """The secret behind a reference, without its trailing newline; SecretError when absent."""
    scheme, _, where = reference.partition(":")
    found = os.environ.get(where, "") if scheme == "env" else _from_file(Path(where).expanduser())
    if not found:
        raise SecretError(f"{reference}: nothing there; set it on the control host")
    return found


def references(value: Any, at: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every secret reference in settings or connection data, with its dotted place."""
    if isinstance(value, str) and value.startswith(_SCHEMES):
        yield at, value
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        yield from references(inner, f"{at}.{key}" if at else str(key))


def _from_file(path: Path) -> str:
    try:
        return path.read_text().rstrip("\n")
    except OSError as problem:
        raise SecretError(f"file:{path}: {problem.strerror}") from problem

"""Texts of files and folders, as people save them: UTF-8, UTF-16 of Windows, or Latin-1."""

import codecs
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

STDIN = "-"
"""Name of standard input."""
_MOST = 64 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Source:
    """A file: its text, or why there is none."""

    file: str
    text: str = ""
    problem: str = ""


def sources(paths: Sequence[str]) -> Iterator[Source]:
    """Every file of these files and folders, a folder's in alphabetical order, each once."""
    seen: set[str] = set()
    for path in paths:
        for file in _files(path):
            if file not in seen:
                seen.add(file)
                yield _source(file)


def _files(path: str) -> list[str]:
    if path == STDIN or not os.path.isdir(path):
        return [path]
    inside = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    return sorted(inside) or [path]


def _source(file: str) -> Source:
    try:
        content = sys.stdin.buffer.read(_MOST + 1) if file == STDIN else _content(Path(file))
    except OSError as wrong:
        return Source(file, problem=f"{file}: {_why(wrong)}")
    if len(content) > _MOST:
        return Source(file, problem=f"{file}: more than {_MOST >> 20} MiB; cut it to what matters")
    text = _text(content)
    if text is None:
        return Source(file, problem=f"{file}: is no text; unpack it, or save the tool's output")
    return Source(file, text=text)


def _content(path: Path) -> bytes:
    """The bytes of a file; a pipe (`<(command)`) is read to its end, a folder has none."""
    if stat.S_ISBLK(path.stat().st_mode):
        raise OSError(0, "is a disk, not a file")
    if path.is_dir():
        raise OSError(0, "there is no file in this folder")
    with path.open("rb") as stream:
        return stream.read(_MOST + 1)


def _why(wrong: OSError) -> str:
    if isinstance(wrong, FileNotFoundError):
        return "there is no such file"
    if isinstance(wrong, PermissionError):
        return "may not be read; run it as who may, or copy the file"
    return str(wrong.strerror or wrong)


def _text(content: bytes) -> str | None:
    """The text of these bytes; None when they are no text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, errors="replace")
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return _single_bytes(content)


def _single_bytes(content: bytes) -> str | None:
    """Text in one byte a character; None when control characters show that it is binary."""
    control = sum(byte < 32 and byte not in b"\t\n\r\f\b\x1b" for byte in content)
    return content.decode("cp1252", errors="replace") if control * 100 < len(content) else None

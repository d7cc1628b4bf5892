"""What nvbandwidth measured, read from its text or its JSON."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_DOCUMENT = re.compile(r'\{\s*"nvbandwidth"\s*:')
_RUNNING = re.compile(r"^Running (\w+)\.?\s*$", re.MULTILINE)
_COLUMNS = re.compile(r"^\s*\d+(?:\s+\d+)*\s*$")
_CELL = re.compile(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?|N/A")
_DEVICE = re.compile(r"^\s*(?:Device )?(\d+): (.+?):? \(([0-9A-Fa-f:.]+)\)\s*$", re.MULTILINE)

Matrix = tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True)
class Test:
    """One test: its rows are the CPU or the source GPU, None a pair that has no figure.

    `broken` says why its matrix cannot be trusted.
    """

    name: str
    status: str
    matrix: Matrix = ()
    broken: str = ""


@dataclass(frozen=True)
class Results:
    """All tests, the devices (index → name and bus address), and what is wrong with the output."""

    tests: tuple[Test, ...] = ()
    devices: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    broken: str = ""


def from_json(text: str) -> Results:
    """The results in a JSON document, whatever was printed before it."""
    start = _DOCUMENT.search(text)
    document = None if start is None else _document(text, start.start())
    inner = document.get("nvbandwidth") if isinstance(document, dict) else None
    if not isinstance(inner, dict):
        return Results(broken="the JSON is cut or malformed")
    return _from_document(inner)


def from_text(text: str) -> Results:
    """The results in the tables that nvbandwidth prints."""
    starts = [*_RUNNING.finditer(text)]
    ends = [*(start.start() for start in starts[1:]), len(text)]
    tests = [
        _from_section(start[1], text[start.end() : end])
        for start, end in zip(starts, ends, strict=False)
    ]
    return Results(tests=tuple(tests), devices=_devices(text))


def _document(text: str, start: int) -> Any:  # noqa: ANN401
    try:
        return json.JSONDecoder().raw_decode(text, start)[0]
    except (ValueError, RecursionError):
        return None


def _from_document(document: Mapping[str, Any]) -> Results:
    cases = document.get("testcases")
    if not isinstance(cases, list):
        return Results(broken="the JSON has no testcases")
    error = document.get("error") or document.get("Error")
    return Results(
        tests=tuple(_from_case(case) for case in cases if isinstance(case, dict)),
        devices=_devices("\n".join(_texts(document))),
        broken=str(error) if error else "",
    )


def _texts(document: Mapping[str, Any]) -> list[str]:
    lists = [value for value in document.values() if isinstance(value, list)]
    return [item for value in lists for item in value if isinstance(item, str)]


def _from_case(case: Mapping[str, Any]) -> Test:
    name, status = str(case.get("name", "")), str(case.get("status", ""))
    rows = case.get("bandwidth_matrix")
    if not isinstance(rows, list):
        return Test(name, status, broken="no matrix" if status == "Passed" else "")
    cells = [[str(cell) for cell in row] for row in rows if isinstance(row, list)]
    return _checked(name, status, cells, width=len(cells[0]) if cells else 0)


def _from_section(name: str, section: str) -> Test:
    lines = [line for line in section.splitlines() if line.strip()]
    if any("waived" in line.lower() for line in lines):
        return Test(name, "Waived")
    if any(line.upper().startswith("ERROR") for line in lines):
        return Test(name, "Error")
    header = next((at for at, line in enumerate(lines) if _COLUMNS.match(line)), None)
    if header is None:
        return Test(name, "", broken="no matrix")
    columns = lines[header].split()
    rows = [line.split() for line in lines[header + 1 :] if re.match(r"\s*\d+\s", line)]
    if columns != [str(at) for at in range(len(columns))]:
        return Test(name, "", broken="its columns are not in order")
    if [row[0] for row in rows] != [str(at) for at in range(len(rows))]:
        return Test(name, "", broken="its rows are not in order")
    return _checked(name, "Passed", [row[1:] for row in rows], width=len(columns))


def _checked(name: str, status: str, rows: Sequence[Sequence[str]], *, width: int) -> Test:
    """A test whose matrix is whole: one row for the host, or as many rows as GPUs."""
    if not rows or any(len(row) != width for row in rows):
        return Test(name, status, broken="its matrix is cut")
    if len(rows) != (width if name.startswith("device_to_device") else 1):
        return Test(name, status, broken=f"its matrix has {len(rows)} rows and {width} columns")
    if not all(_CELL.fullmatch(cell) for row in rows for cell in row):
        return Test(name, status, broken="its matrix has cells that are no numbers")
    figures = (tuple(None if cell == "N/A" else float(cell) for cell in row) for row in rows)
    return Test(name, status, tuple(figures))


def _devices(text: str) -> dict[int, tuple[str, str]]:
    return {int(index): (name, bus.lower()) for index, name, bus in _DEVICE.findall(text)}

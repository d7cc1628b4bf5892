"""`nvidia-smi --query-gpu=… --format=csv`, with or without header and units."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from roles.pcie_topology.explain import smi_verdict
from roles.pcie_topology.explain.address import number
from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.smi_gpu import SmiGpu, gathered

KIND = "nvidia-smi-query-csv"

_COLUMN = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)(?: \[[^\]]*\])?")
_KNOWN = re.compile(
    r"timestamp|driver_version|kmd_version|count|name|gpu_name|serial|gpu_serial|uuid|gpu_uuid"
    r"|index|persistence_mode|pstate|(pci|pcie|gpu_bus_id|memory|utilization|ecc|mig|power|clocks"
    r"|temperature|retired_pages|remapped_rows|vbios_version|compute_cap|fabric)(\.\w+)*"
)
_BUS = re.compile(r"[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]")
_UUID = re.compile(r"GPU-[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_SYSFS = re.compile(r"(current|max)_link_(speed|width)")
_NAMES = {
    "gpu_name": "name",
    "gpu_uuid": "uuid",
    "gpu_bus_id": "pci.bus_id",
    "ecc.errors.uncorrected.volatile.total": "ecc.errors.uncorrected.volatile",
    "ecc.errors.uncorrected.aggregate.total": "ecc.errors.uncorrected.aggregate",
    "retired_pages.single_bit_ecc.count": "retired_pages.single_bit_ecc",
    "retired_pages.double_bit.count": "retired_pages.double_bit",
    "pcie.replay_counter": "pcie.replay",
}


@dataclass(frozen=True)
class _Table:
    """The rows under one header; without a header, values that can be told by themselves."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def matches(text: str) -> bool:
    """Whether it has the header of a query, or a row with a bus id or UUID of its own."""
    lines = [line for line in text.splitlines() if line.strip()]
    if _SYSFS.search(text) or not lines:
        return False
    return any(_columns(line) for line in lines[:5]) or any(_is_bare_row(line) for line in lines)


def judge(text: str) -> Judgement:
    """Lanes of every row where the columns tell them; a row is kept beside lines of errors."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    table = _table(lines)
    gpus = tuple(_gpus(table))
    shown = smi_verdict.Shown(
        gpus=gpus,
        promised=_promised(gpus),
        missing=_missing(table),
        trouble=smi_verdict.trouble(line for line in lines if not _is_row(line, table)),
        speaks_of_links=_tells_links(table),
    )
    return smi_verdict.judgement(KIND, shown)


def _fields(line: str) -> tuple[str, ...]:
    return tuple(field.strip() for field in line.split(","))


def _columns(line: str) -> tuple[str, ...]:
    """The names of a header's columns without their units; empty where it is no header."""
    found = [_COLUMN.fullmatch(field) for field in _fields(line)]
    names = [match.group(1) for match in found if match]
    known = sum(1 for name in names if _KNOWN.fullmatch(name))
    return tuple(names) if len(names) == len(found) and known * 2 > len(names) else ()


def _table(lines: Sequence[str]) -> _Table:
    columns = next((found for line in lines[:5] if (found := _columns(line))), ())
    rows = (line for line in lines if not _columns(line))
    table = _Table(columns, ())
    return _Table(columns, tuple(_fields(line) for line in rows if _is_row(line, table)))


def _is_row(line: str, table: _Table) -> bool:
    if smi_verdict.trouble([line]) and not _identifies(_fields(line)):
        return False
    return bool(table.columns) or _is_bare_row(line)


def _is_bare_row(line: str) -> bool:
    fields = _fields(line)
    named = any(field.startswith("NVIDIA ") for field in fields[:2])
    plain = fields[0].isdecimal() or fields[0].startswith("NVIDIA ")
    return len(fields) > 1 and (_identifies(fields) or (named and plain))


def _identifies(fields: Sequence[str]) -> bool:
    return any(_BUS.fullmatch(field) or _UUID.fullmatch(field) for field in fields)


def _gpus(table: _Table) -> Iterator[SmiGpu]:
    for row in table.rows:
        if not table.columns:
            yield gathered(_bare(row))
        elif len(row) == len(table.columns):
            pairs = zip(table.columns, row, strict=True)
            yield gathered((_NAMES.get(column, column), value) for column, value in pairs)
        else:
            yield SmiGpu(torn=True)


def _bare(row: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The values whose column can be told by how they look."""
    for place, field in enumerate(row):
        if place == 0 and field.isdecimal():
            yield "index", field
        elif _BUS.fullmatch(field):
            yield "pci.bus_id", field
        elif _UUID.fullmatch(field):
            yield "uuid", field
        elif field.startswith("NVIDIA "):
            yield "name", field


def _promised(gpus: Sequence[SmiGpu]) -> int | None:
    counts = [number(gpu.values.get("count")) for gpu in gpus]
    return max((count for count in counts if count is not None), default=None)


def _missing(table: _Table) -> str:
    if table.columns and any(len(row) != len(table.columns) for row in table.rows):
        return "a row has not as many values as the header has columns"
    return "the header, so that numbers have no names" if _has_bare_numbers(table) else ""


def _tells_links(table: _Table) -> bool:
    return _has_bare_numbers(table) or any(name.startswith("pcie.link") for name in table.columns)


def _has_bare_numbers(table: _Table) -> bool:
    """Whether rows without a header hold numbers that may be a link's."""
    if table.columns:
        return False
    return any(sum(1 for field in row[1:] if _is_small(field)) > 1 for row in table.rows)


def _is_small(field: str) -> bool:
    return field.isdecimal() and 1 <= (number(field) or 0) <= 32

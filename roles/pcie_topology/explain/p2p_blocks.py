"""The matrices that p2pBandwidthLatencyTest prints, each under its own title."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TITLE = re.compile(
    r"^(?:P2P Connectivity Matrix"
    r"|(?P<way>Unidirectional|Bidirectional) P2P=(?P<state>Enabled|Disabled) Bandwidth.*Matrix"
    r" \(GB/s\)"
    r"|P2P=(?P<latency>Enabled|Disabled) Latency.*Matrix \(us\))\s*$"
)
_HEADER = re.compile(r"^\s*(D\\D|GPU|CPU)((?:\s+\d+)+)\s*$")
_ROW = re.compile(r"^\s*(\d+)((?:\s+[\d.]+)*)\s*$")
_FIGURE = re.compile(r"\d+\.\d\d")


@dataclass(frozen=True)
class Block:
    """One matrix: `what` is connectivity, rate, staged rate, latency, staged latency, or other."""

    title: str
    what: str
    size: int
    rows: tuple[tuple[float, ...], ...]

    def at(self, row: int, column: int) -> float | None:
        """The figure of a pair; None where the matrix does not reach."""
        inside = row < len(self.rows) and column < len(self.rows[row])
        return self.rows[row][column] if inside else None


def is_there(text: str) -> bool:
    """Whether a line is the title of such a matrix."""
    return any(_TITLE.match(line) for line in text.splitlines())


def read(text: str) -> tuple[tuple[Block, ...], tuple[str, ...]]:
    """The whole matrices, and a sentence on each that is cut or malformed."""
    whole: list[Block] = []
    broken: list[str] = []
    for title, lines in _sections(text.splitlines()):
        for block, sentence in _blocks(title, lines):
            if sentence:
                broken.append(sentence)
            else:
                whole.append(block)
    return tuple(whole), tuple(broken)


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    starts = [at for at, line in enumerate(lines) if _TITLE.match(line)]
    for start, end in pairwise([*starts, len(lines)]):
        yield lines[start].strip(), list(lines[start + 1 : end])


def _blocks(title: str, lines: Sequence[str]) -> Iterator[tuple[Block, str]]:
    """The section's matrix; a latency section has the GPU's, then the CPU's, which is not used."""
    starts = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    kinds = [_header(lines[start])[0] for start in starts]
    if not kinds or len(set(kinds)) != len(kinds):
        yield Block(title, "other", 0, ()), f"{title} has {len(kinds)} matrices under it"
    for at, kind in zip(starts, kinds, strict=True):
        size = _header(lines[at])[1]
        rows, sentence = _rows(lines[at + 1 :], size=size, is_connectivity=_is_connectivity(title))
        what = "other" if kind == "CPU" else _what(title)
        yield Block(title, what, size, rows), sentence and f"{title}: {sentence}"


def _rows(
    lines: Sequence[str], *, size: int, is_connectivity: bool
) -> tuple[tuple[tuple[float, ...], ...], str]:
    rows: list[tuple[float, ...]] = []
    for line in lines:
        match = _ROW.match(line)
        if match is None:
            break
        figures = match[2].split()
        if int(match[1]) != len(rows) or len(figures) != size or len(rows) == size:
            return tuple(rows), f"row {match[1]} does not fit"
        if not all(_is_figure(figure, is_connectivity=is_connectivity) for figure in figures):
            return tuple(rows), f"row {match[1]} is cut"
        rows.append(tuple(map(float, figures)))
    return tuple(rows), "" if len(rows) == size else f"{len(rows)} of {size} rows are there"


def _is_figure(text: str, *, is_connectivity: bool) -> bool:
    return text in ("0", "1") if is_connectivity else _FIGURE.fullmatch(text) is not None


def _header(line: str) -> tuple[str, int]:
    match = _HEADER.match(line)
    if match is None:
        return "", 0
    numbers = match[2].split()
    in_order = numbers == [str(at) for at in range(len(numbers))]
    return match[1], len(numbers) if in_order else 0


def _is_connectivity(title: str) -> bool:
    return "Connectivity" in title


def _what(title: str) -> str:
    if _is_connectivity(title):
        return "connectivity"
    staged = "staged " if "P2P=Disabled" in title else ""
    if "Latency" in title:
        return f"{staged}latency"
    return f"{staged}rate" if title.startswith("Unidirectional") else "other"

"""Output of cuda-samples' bandwidthTest, as a table or by size, of one or many runs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from roles.gpu_driver import cards
from roles.pcie_topology.explain import measured
from roles.pcie_topology.explain.judgement import Finding, Judgement

KIND = "bandwidth-test"
MANY_RUNS = True
"""Each run is of one device; all of them are judged together."""

_BANNER = "[CUDA Bandwidth Test]"
_DEVICE = re.compile(r"^ *Device (\d+): (\S.*?)\s*$", re.MULTILINE)
_SECTION = re.compile(
    r"^ *(Host to Device|Device to Host) Bandwidth, (\d+) Device\(s\)", re.MULTILINE
)
_UNIT = re.compile(r"Bandwidth\((GB|MB)/s\)")
_ROW = re.compile(r"^\s*(\d+)\s+(\d+\.\d+)\s*$", re.MULTILINE)
_LINE = re.compile(
    r"^bandwidthTest-(H2D|D2H)-(Pinned|Paged), Bandwidth = (\d+\.\d+) (GB|MB)/s, Time = [\d.]+ s, "
    r"Size = (\d+) bytes, NumDevsUsed = (\d+)\s*$",
    re.MULTILINE,
)
_PLATEAU_BYTES = 8_000_000


@dataclass(frozen=True)
class _Figure:
    way: str
    bytes_: int
    gb_per_s: float


def matches(text: str) -> bool:
    """Whether it has the test's banner or its lines by size."""
    return _BANNER in text or _LINE.search(text) is not None


def judge(text: str) -> Judgement:
    """The lanes of every device by what large pinned copies between it and the host give."""
    runs = text.split(_BANNER)
    runs = runs[1:] if len(runs) > 1 else runs
    rates: dict[str, list[measured.Rate]] = {}
    missing: list[str] = []
    for run in runs:
        found, sentence = _run(run)
        for way, rate in found.items():
            rates.setdefault(way, []).append(rate)
        missing += [sentence] if sentence else []
    verdict, findings = measured.worst([measured.lanes(own) for own in rates.values()])
    if missing:
        verdict = "degraded" if verdict == "degraded" else "unknown"
    named = {int(index) for index, _ in _DEVICE.findall(text)}
    return Judgement(
        kind=KIND,
        gpus=len(named) or None,
        lanes=verdict if rates else "unknown",
        findings=(*(_incomplete(sentence) for sentence in dict.fromkeys(missing)), *findings),
    )


def _run(run: str) -> tuple[dict[str, measured.Rate], str]:
    """The rate of each way of a run, and what keeps it from being judged."""
    devices = _DEVICE.findall(run)
    if len(devices) != 1:
        return {}, f"a run is of {len(devices)} devices; lanes are judged one by one"
    if "Result = PASS" not in run:
        return {}, "a run did not end with PASS"
    index, name = devices[0]
    figures, sentence = _figures(run)
    ways = {figure.way for figure in figures}
    rates = {
        way: measured.Rate(int(index), _plateau(figures, way), card=cards.by_name(name))
        for way in sorted(ways)
    }
    return rates, sentence or ("" if rates else "no pinned copies of 8 MB and more are there")


def _plateau(figures: Iterable[_Figure], way: str) -> float:
    return median(figure.gb_per_s for figure in figures if figure.way == way)


def _figures(run: str) -> tuple[list[_Figure], str]:
    """The large pinned copies; a section without any is cut."""
    figures = [_of_line(row) for row in _LINE.findall(run) if row[1] == "Pinned"]
    starts = [*_SECTION.finditer(run)]
    for at, start in enumerate(starts):
        end = starts[at + 1].start() if at + 1 < len(starts) else len(run)
        section = run[start.end() : end].partition("Device to Device Bandwidth")[0]
        if "PAGEABLE" in section:
            continue
        own = _of_table(start[1], section)
        if not own or start[2] != "1":
            return figures, f"{start[1]} of a run has no figure of one device"
        figures += own
    return [figure for figure in figures if figure.bytes_ >= _PLATEAU_BYTES], ""


def _of_table(way: str, section: str) -> list[_Figure]:
    unit = _UNIT.search(section)
    if unit is None:
        return []
    return [
        _Figure("H2D" if way.startswith("Host") else "D2H", int(size), _gb(rate, unit=unit[1]))
        for size, rate in _ROW.findall(section)
    ]


def _of_line(row: Sequence[str]) -> _Figure:
    way, _, rate, unit, size, devices = row
    return _Figure(way, int(size), _gb(rate, unit=unit) / max(int(devices), 1))


def _gb(rate: str, *, unit: str) -> float:
    return float(rate) / (1000 if unit == "MB" else 1)


def _incomplete(sentence: str) -> Finding:
    return Finding(
        severity="error",
        subject="output",
        message=sentence,
        advice="run it for each device (--device=N --memory=pinned) and save the whole output",
    )

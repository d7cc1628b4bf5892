"""What is lost from an output never makes a verdict better.

A dozen places of each output are tried, all of them in the slow tests.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest

from roles.pcie_topology.explain import judgement, recognise
from roles.pcie_topology.explain.judgement import Judgement

Change: TypeAlias = Callable[[str], Iterator[str]]
Each: TypeAlias = Callable[[Change], Iterator[tuple[str, Judgement, str]]]

GOOD = ("ok", "present")

GPU_ROWS = (
    r"^[ \t]*GPU\d+[\t ]+[^\n]*\n",
    r"^GPU \d+: [^\n]*\n(?:[ \t]+Link \d+:[^\n]*\n)*",
    r"^GPU [0-9A-F]{8}:[0-9A-F:.]+\n(?:(?!GPU )[^\n]*\n)*",
    r"^\t?<gpu id=[^\n]*\n(?:(?!\t?</gpu>)[^\n]*\n)*\t?</gpu>\n",
    r"^\|   \d  NVIDIA[^\n]*\n(?:\|[^\n]*\n){1,2}",
    r"^[ ]{3,5}\d[ \t]+[\d.]+[ \t]+[\d. \t]+\n",
    r"^Device:? \d+[,:] NVIDIA[^\n]*\n",
    r"^ *gpuId \d+:\n[^\n]*\n",
    r"^[^\n,]*NVIDIA [^\n,]*, [^\n]*\n",
)
WIDTHS = (
    r"(Link Width\s*\n\s+Max\s+: \d+x\n\s+Current\s+: )(\d+)(x)",
    r"(<current_link_width>)(\d+)(x)",
    r"(LnkSta:\s+Speed [^\n]*?, Width x)(\d+)()",
    r"(current_link_width:)(\d+)()",
)
LINKS = (
    (r"^(\s*Link \d+: )[\d.]+ GB/s", r"\1<inactive>"),
    (r"(?<=[\t ])NV\d+(?=[\t ])", "SYS"),
    (r"(?<=[UDX_ ]) U(?= )", " D"),
    (r"(?<=\s)OK(?=\s)", "NS"),
    (r"(?<= )3\d\d\.\d\d(?= )", " 18.31"),
)


@pytest.fixture(params=[12, pytest.param(10_000, marks=pytest.mark.slow)])
def each(outputs: dict[str, str], request: pytest.FixtureRequest) -> Each:
    """Every output with what was judged of it, and each of its changed texts."""

    def changed(change: Change) -> Iterator[tuple[str, Judgement, str]]:
        for name, text in outputs.items():
            texts = list(change(text))
            before = recognise.judged(text) if texts else None
            for one in texts[:: max(1, len(texts) // request.param)]:
                assert before is not None
                yield name, before, one

    return changed


def test_a_lost_row_of_a_gpu_never_makes_a_verdict_good(each: Each) -> None:
    for name, before, text in each(_without_rows):
        after = recognise.judged(text)
        assert _good(after) <= _good(before), name


def test_a_matrix_without_a_row_is_a_fault(each: Each) -> None:
    for name, before, text in each(_without_rows):
        if before.kind in ("nvidia-smi-topo-m", "nvidia-smi-topo-p2p", "p2p-bandwidth-latency"):
            after = recognise.judged(text)
            assert judgement.has_errors(after) or after.kind == recognise.UNKNOWN, name


def test_fewer_gpus_than_the_output_counts_is_never_good(each: Each) -> None:
    for name, _, text in each(_without_rows):
        if name in ("q.txt", "q.xml", "nvbandwidth.txt", "p2p.txt"):
            after = recognise.judged(text)
            assert not _good(after) or after.kind == recognise.UNKNOWN, name
            assert judgement.has_errors(after), name


def test_half_the_width_of_a_whole_link_is_degraded_every_time(each: Each) -> None:
    halved = 0
    for name, before, text in each(_half_widths):
        after = recognise.judged(text)
        assert after.lanes not in GOOD, name
        if before.lanes in ("ok", "inconclusive"):
            assert after.lanes == "degraded", name
            halved += 1
    assert halved


def test_a_broken_link_is_never_good(each: Each) -> None:
    broken = 0
    for name, before, text in each(_broken_links):
        after = recognise.judged(text)
        assert _good(after) <= _good(before), name
        if before.nvlink == "present":
            assert after.nvlink in ("degraded", "unknown"), name
            broken += 1
    assert broken


def _good(found: Judgement) -> set[str]:
    fields = {"lanes": found.lanes, "p2p": found.p2p, "nvlink": found.nvlink}
    return {field for field, verdict in fields.items() if verdict in GOOD}


def _without_rows(text: str) -> Iterator[str]:
    for row in GPU_ROWS:
        for match in re.finditer(row, text, re.MULTILINE):
            yield text[: match.start()] + text[match.end() :]


def _half_widths(text: str) -> Iterator[str]:
    for width in WIDTHS:
        for match in re.finditer(width, text):
            if int(match[2]) > 1:
                half = f"{match[1]}{int(match[2]) // 2}{match[3]}"
                yield text[: match.start()] + half + text[match.end() :]
    yield from _half_csv_widths(text)


def _half_csv_widths(text: str) -> Iterator[str]:
    head, _, rows = text.partition("\n")
    columns = [column.strip() for column in head.split(",")]
    if "pcie.link.width.current" in columns and "pcie.link.gen.max" in columns:
        at = columns.index("pcie.link.width.current")
        cells = rows.split(",")
        if at < len(cells) and cells[at].strip().isdigit() and int(cells[at]) > 1:
            cells[at] = f" {int(cells[at]) // 2}"
            yield f"{head}\n{','.join(cells)}"


def _broken_links(text: str) -> Iterator[str]:
    for link, broken in LINKS:
        for match in re.finditer(link, text, re.MULTILINE):
            yield text[: match.start()] + match.expand(broken) + text[match.end() :]

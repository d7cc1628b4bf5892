"""Output of NVIDIA's nvbandwidth, text or JSON.

Only one-way tests are judged: rows under opposite traffic are lower by nature.
"""

import re
from collections.abc import Sequence

from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import measured, nvbandwidth_results, peer_links, peers
from roles.pcie_topology.explain.judgement import Finding, Judgement, Lanes
from roles.pcie_topology.explain.nvbandwidth_results import Results, Test

KIND = "nvbandwidth"

_JSON = re.compile(r'"nvbandwidth"\s*:\s*\{')
_TEXT = re.compile(
    r"^Running \w+_(?:memcpy|write|read|latency|local_copy)\w*\.?\s*$|^nvbandwidth Version",
    re.MULTILINE,
)
_HOST = re.compile(r"(?:host_to_device|device_to_host)_memcpy_(ce|sm)")
_PEER = re.compile(r"device_to_device_memcpy_(?:read|write)_(ce|sm)")


def matches(text: str) -> bool:
    """Whether it is nvbandwidth's document or its tables."""
    return _JSON.search(text) is not None or _TEXT.search(text) is not None


def judge(text: str) -> Judgement:
    """Lanes by host copies, peer to peer and NVLink by copies between GPUs."""
    is_json = _JSON.search(text) is not None
    results = (
        nvbandwidth_results.from_json(text) if is_json else nvbandwidth_results.from_text(text)
    )
    count = _count(results)
    known = {gpu: _card(results, gpu) for gpu in range(count)}
    missing = _missing(results, count=count)
    lanes, lanes_findings = _lanes(results, known=known)
    pairs = _pairs(results, count=count)
    p2p, p2p_findings = peers.p2p(pairs, cards=known)
    nvlink, nvlink_findings = peer_links.nvlink(pairs, cards=known) if pairs else ("n/a", ())
    if missing:
        lanes = "degraded" if lanes == "degraded" else "unknown"
        p2p = p2p if p2p in ("none", "partial", "n/a") else "unknown"
        nvlink = "unknown" if nvlink == "present" else nvlink
    return Judgement(
        kind=f"{KIND}-json" if is_json else KIND,
        gpus=count or None,
        lanes=lanes,
        p2p=p2p,
        nvlink=nvlink,
        findings=(*missing, *lanes_findings, *p2p_findings, *nvlink_findings),
        cards={_sysfs(bus): name for name, bus in results.devices.values()},
    )


def _count(results: Results) -> int:
    widths = [len(test.matrix[0]) for test in results.tests if test.matrix]
    return max([len(results.devices), *widths], default=0)


def _card(results: Results, gpu: int) -> Card | None:
    name, _ = results.devices.get(gpu, ("", ""))
    return cards.by_name(name) if name else None


def _lanes(results: Results, *, known: peers.Cards) -> tuple[Lanes, tuple[Finding, ...]]:
    """By copy engines where they were measured, by kernels otherwise."""
    host = [test for test in results.tests if _HOST.fullmatch(test.name)]
    engines = [test for test in host if test.name.endswith("_ce") and test.matrix]
    tests = [test for test in engines or host if test.matrix]
    told = [measured.lanes(_rates(test, known=known)) for test in tests]
    return measured.worst(told) if told else _without_rates(results)


def _rates(test: Test, *, known: peers.Cards) -> list[measured.Rate]:
    return [
        measured.Rate(gpu=gpu, gb_per_s=figure, card=known.get(gpu))
        for gpu, figure in enumerate(test.matrix[0])
        if figure is not None
    ]


def _without_rates(results: Results) -> tuple[Lanes, tuple[Finding, ...]]:
    if not any("host" in test.name for test in results.tests):
        return "n/a", ()
    message = "only copies under opposite traffic were measured; lanes need the one-way tests"
    advice = "nvbandwidth -t host_to_device_memcpy_ce device_to_host_memcpy_ce"
    return "unknown", (Finding("info", "lanes", message, advice),)


def _pairs(results: Results, *, count: int) -> list[peers.Pair]:
    """Every direction by its slowest one-way test; all waived: no pair has peer access."""
    tests = [test for test in results.tests if _PEER.fullmatch(test.name)]
    if not tests or count < 2:
        return []
    measured_tests = [test for test in tests if len(test.matrix) == count]
    refused = not measured_tests and all(test.status == "Waived" for test in tests)
    return [
        _pair(measured_tests, source, target, refused=refused)
        for source in range(count)
        for target in range(count)
        if source != target
    ]


def _pair(tests: Sequence[Test], source: int, target: int, *, refused: bool) -> peers.Pair:
    figures = [test.matrix[source][target] for test in tests]
    there = [figure for figure in figures if figure is not None]
    closed = refused or (bool(figures) and not there)
    return peers.Pair(
        source=source,
        target=target,
        allowed=False if closed else bool(there) or None,
        gb_per_s=min(there, default=None),
    )


def _missing(results: Results, *, count: int) -> list[Finding]:
    told = [results.broken] if results.broken else []
    told += [f"{test.name}: {test.broken}" for test in results.tests if test.broken]
    told += [f"{test.name} ended with an error" for test in results.tests if test.status == "Error"]
    told += [
        f"{test.name} measured {len(test.matrix[0])} of {count} GPUs"
        for test in results.tests
        if test.matrix and len(test.matrix[0]) != count
    ]
    if results.devices and sorted(results.devices) != list(range(count)):
        told.append(f"{len(results.devices)} devices are listed, but {count} GPUs measured")
    if not results.tests and not told:
        told = ["no test is there"]
    return [Finding("error", "output", f"not whole: {sentence}") for sentence in told]


def _sysfs(bus: str) -> str:
    domain, _, rest = bus.partition(":")
    return f"{domain[-4:]}:{rest}" if "." in rest else f"{domain[-4:]}:{rest}.0"

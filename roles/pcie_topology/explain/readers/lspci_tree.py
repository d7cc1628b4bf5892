"""`lspci -tv`: which bridges stand above each device."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.pci_device import Device

KIND = "lspci-tv"

_ROOT = re.compile(r"[-+\\| ]*-\[(?:([0-9a-f]{4,8}):)?([0-9a-f]{2})(?:-[0-9a-f]{2})?\]-")
_TOKEN = re.compile(
    r"(?P<node>(?<=-)[0-9a-f]{2}\.[0-7])"
    r"|\[(?:(?P<domain>[0-9a-f]{4,8}):)?(?P<bus>[0-9a-f]{2})(?:-[0-9a-f]{2})?\](?=-)"
)
_NO_GPU = re.compile(r"audio|usb|ucsi|serial|smbus|memory|ethernet|infiniband", re.I)


@dataclass(frozen=True)
class _Bus:
    """A bus whose bracket opens at a column, and the bridges that lead to it."""

    column: int
    name: str
    bridges: tuple[str, ...]


@dataclass(frozen=True)
class _Leaf:
    address: str
    bridges: tuple[str, ...]
    words: str


def matches(text: str) -> bool:
    """Whether a line of it opens a tree at a root bus."""
    return any(_ROOT.match(line) for line in text.splitlines())


def judge(text: str) -> Judgement:
    """How many GPUs hang where; the path alone proves no peer to peer."""
    gpus = [leaf for leaf in _leaves(text.splitlines()) if _is_gpu(leaf)]
    return Judgement(
        kind=KIND,
        gpus=len(gpus),
        p2p="unproven" if len(gpus) > 1 else "n/a",
        findings=_paths(gpus),
        cards={gpu.address: _device(gpu).name for gpu in gpus},
    )


def _leaves(lines: list[str]) -> Iterator[_Leaf]:
    buses: list[_Bus] = []
    for line in lines:
        end = 0
        for token in _TOKEN.finditer(line):
            if line[end : token.start()].strip("-+\\| "):
                break
            buses = [bus for bus in buses if bus.column < token.start()]
            end = token.end()
            buses += _opened(token, line, buses)
        if end and (leaf := _leaf(line, end, buses)):
            yield leaf


def _opened(token: re.Match[str], line: str, buses: list[_Bus]) -> list[_Bus]:
    """The bus of a bracket: under the device before it, or at the root."""
    if token["node"]:
        return []
    before = re.search(r"([0-9a-f]{2}\.[0-7])-$", line[: token.start()])
    over = buses[-1] if buses and before else None
    domain = token["domain"] or (over.name.rpartition(":")[0] if over else "0000")
    bridge = (f"{over.name}:{before[1]}",) if over and before else ()
    bridges = (*(over.bridges if over else ()), *bridge)
    return [_Bus(token.start(), f"{int(domain, 16):04x}:{token['bus']}", bridges)]


def _leaf(line: str, end: int, buses: list[_Bus]) -> _Leaf | None:
    node = re.search(r"([0-9a-f]{2}\.[0-7])$", line[:end])
    if not node or not buses:
        return None
    return _Leaf(f"{buses[-1].name}:{node[1]}", buses[-1].bridges, line[end:].strip())


def _device(leaf: _Leaf) -> Device:
    return Device(address=leaf.address, words=leaf.words)


def _is_gpu(leaf: _Leaf) -> bool:
    device = _device(leaf)
    plain = leaf.address.endswith(".0") and not _NO_GPU.search(leaf.words)
    return device.is_nvidia and plain and not device.is_nvswitch


def _paths(gpus: list[_Leaf]) -> tuple[Finding, ...]:
    pairs = list(combinations(gpus, 2))
    if not pairs:
        return ()
    near = [pair for pair in pairs if set(pair[0].bridges) & set(pair[1].bridges)]
    names = ", ".join(f"{one.address} and {other.address}" for one, other in near[:16])
    message = f"share a bridge: {names}" if near else "no two share a bridge"
    far = "" if len(near) == len(pairs) else "; peer traffic of others crosses a host bridge"
    advice = "the path alone proves no peer to peer: measure data, bandwidth and latency"
    return (Finding("info", "GPUs", f"{len(gpus)} GPUs, {message}{far}", advice),)

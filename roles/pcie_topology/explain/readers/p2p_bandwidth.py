"""Output of cuda-samples' p2pBandwidthLatencyTest, whole or cut."""

import re
from collections.abc import Callable, Mapping, Sequence

from roles.gpu_driver import cards
from roles.pcie_topology.explain import p2p_blocks, peer_lanes, peer_links, peers
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.p2p_blocks import Block

KIND = "p2p-bandwidth-latency"

_DEVICE = re.compile(
    r"^Device: (\d+), (.+?), pciBusID: ([0-9a-f]+), pciDeviceID: ([0-9a-f]+),"
    r" pciDomainID: ?([0-9a-f]+)\s*$",
    re.MULTILINE,
)
_GRANT = re.compile(r"^Device=(\d+) (CAN|CANNOT) Access Peer Device=(\d+)\s*$", re.MULTILINE)
_PICKS: Mapping[str, Callable[[float, float], float]] = {
    "connectivity": min,
    "rate": min,
    "staged rate": max,
    "latency": max,
    "staged latency": min,
}


def matches(text: str) -> bool:
    """Whether it has the test's banner or one of its matrices."""
    return "P2P (Peer-to-Peer) GPU Bandwidth Latency Test" in text or p2p_blocks.is_there(text)


def judge(text: str) -> Judgement:
    """What grants, bandwidths and latencies show; a cut or uneven output shows nothing good."""
    blocks, broken = p2p_blocks.read(text)
    named = _DEVICE.findall(text)
    devices = {int(row[0]): cards.by_name(row[1]) for row in named}
    count = max([len(devices), *(block.size for block in blocks)], default=0)
    missing = [*broken, *_uneven(text, blocks=blocks, devices=len(set(named)), count=count)]
    known = {gpu: devices.get(gpu) for gpu in range(count)}
    pairs = _pairs(blocks, grants=_grants(text), count=count)
    p2p, p2p_findings = peers.p2p(pairs, cards=known)
    nvlink, nvlink_findings = peer_links.nvlink(pairs, cards=known)
    lanes, lanes_findings = peer_lanes.lanes(pairs, cards=known)
    if missing:
        p2p = p2p if p2p in ("none", "partial", "n/a") else "unknown"
        nvlink = "unknown" if nvlink == "present" else nvlink
        lanes = "unknown" if lanes == "ok" else lanes
    return Judgement(
        kind=KIND,
        gpus=count or None,
        lanes=lanes,
        p2p="n/a" if count == 1 else p2p,
        nvlink=nvlink,
        findings=(*map(_cut, missing), *p2p_findings, *nvlink_findings, *lanes_findings),
        cards={_bdf(row): row[1] for row in named},
    )


def _pairs(
    blocks: Sequence[Block], *, grants: Mapping[tuple[int, int], bool], count: int
) -> list[peers.Pair]:
    """Every direction with what the blocks say of it; of two runs the worse figure counts."""
    return [
        _pair(blocks, source, target, granted=grants.get((source, target)))
        for source in range(count)
        for target in range(count)
        if source != target
    ]


def _pair(blocks: Sequence[Block], source: int, target: int, *, granted: bool | None) -> peers.Pair:
    def told(what: str) -> float | None:
        values = [it.at(source, target) for it in blocks if it.what == what]
        there = [value for value in values if value is not None]
        return None if not there else there[0] if len(there) == 1 else _worse(what, there)

    matrix = told("connectivity")
    claims = [
        claim for claim in (granted, None if matrix is None else matrix == 1) if claim is not None
    ]
    return peers.Pair(
        source=source,
        target=target,
        allowed=all(claims) if claims else None,
        gb_per_s=told("rate"),
        staged_gb_per_s=told("staged rate"),
        latency_us=told("latency"),
        staged_latency_us=told("staged latency"),
    )


def _worse(what: str, values: Sequence[float]) -> float:
    worst = values[0]
    for value in values[1:]:
        worst = _PICKS[what](worst, value)
    return worst


def _grants(text: str) -> dict[tuple[int, int], bool]:
    grants: dict[tuple[int, int], bool] = {}
    for source, how, target in _GRANT.findall(text):
        pair = (int(source), int(target))
        grants[pair] = how == "CAN" and grants.get(pair, True)
    return grants


def _uneven(text: str, *, blocks: Sequence[Block], devices: int, count: int) -> list[str]:
    """Sentences on parts that do not speak of all GPUs."""
    told = [
        f"{block.title} has {block.size} GPUs where others have {count}"
        for block in blocks
        if block.size != count
    ]
    if devices and blocks and devices != count:
        told.append(f"{devices} devices are listed, but {count} measured")
    grants = len(_GRANT.findall(text))
    if grants and grants % (count * (count - 1) or 1):
        told.append(f"{grants} of {count * (count - 1)} lines on peer access are there")
    return told


def _cut(sentence: str) -> Finding:
    return Finding(
        severity="error",
        subject="output",
        message=f"not whole: {sentence}",
        advice="save the whole output and judge it again",
    )


def _bdf(row: Sequence[str]) -> str:
    bus, device, domain = (int(part, 16) for part in row[2:5])
    return f"{domain:04x}:{bus:02x}:{device:02x}.0"

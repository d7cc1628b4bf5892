"""The rung of speed: what a pair carries against what its path should, and how soon."""

from collections.abc import Iterator, Mapping
from itertools import chain

from roles.gpu_interconnect import expectations
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.expectations import FAIL, PEER_US, STAGED_US, WARN
from roles.gpu_interconnect.judged import Judged, failed, proven, refused, unproven
from roles.gpu_interconnect.links import Pair
from roles.gpu_interconnect.measured import Copy
from roles.gpu_interconnect.pairs import copies, granted, some, way

_AS_STAGED = 0.5
"""Part of the latency by the host's memory from which a copy is as late as one by it."""


def judge(evidence: Evidence, *, given: Mapping[str, float]) -> Judged:
    """Whether granted pairs are as fast as their path; `given` are GB/s by link."""
    wanted = granted(evidence)
    if not wanted:
        return refused("no pair is granted peer access: there is no speed to judge")
    measured = copies(evidence)
    found = {pair: measured[pair] for pair in wanted if pair in measured}
    faults = [
        *_slow(evidence, found, given=given),
        *_late(found),
        *_unlike(evidence, found, given=given),
    ]
    if faults:
        return failed(some(faults))
    open_ = list(_untold(evidence, wanted, found, given=given))
    if open_:
        return unproven(some(open_))
    remarks = list(chain(_below(evidence, found, given=given), _odd(found)))
    return proven(some([_slowest(found), *remarks]))


def _parts(
    evidence: Evidence, found: Mapping[Pair, Copy], *, given: Mapping[str, float]
) -> Iterator[tuple[float, str]]:
    """The part of the expected rate that each pair carries, and a sentence on it."""
    for (source, target), one in found.items():
        wanted = _expected(evidence, (source, target), given=given)
        if wanted is not None and one.gb_per_s:
            yield (
                one.gb_per_s / wanted.gb_per_s,
                f"{way(source, target)}: {one.gb_per_s:.3g} GB/s, {wanted.why} gives "
                f"{wanted.gb_per_s:.3g}",
            )


def _expected(
    evidence: Evidence, pair: Pair, *, given: Mapping[str, float]
) -> expectations.Expected | None:
    source, target = (evidence.state.gpus[at] for at in pair)
    return expectations.of(evidence.links.kind(*pair), ends=(source, target), given=given)


def _slow(
    evidence: Evidence, found: Mapping[Pair, Copy], *, given: Mapping[str, float]
) -> Iterator[str]:
    yield from (said for part, said in _parts(evidence, found, given=given) if part < FAIL)


def _below(
    evidence: Evidence, found: Mapping[Pair, Copy], *, given: Mapping[str, float]
) -> Iterator[str]:
    parts = _parts(evidence, found, given=given)
    yield from (f"{said}: watch it" for part, said in parts if part < WARN)


def _late(found: Mapping[Pair, Copy]) -> Iterator[str]:
    for pair, one in found.items():
        if one.latency_us >= max(STAGED_US, _AS_STAGED * one.staged_latency_us):
            yield (
                f"{way(*pair)}: {one.latency_us:.3g} us for a few bytes, as by the host's memory "
                f"({one.staged_latency_us:.3g} us): not peer to peer, whatever the driver grants"
            )


def _odd(found: Mapping[Pair, Copy]) -> Iterator[str]:
    for pair, one in found.items():
        if one.latency_us > PEER_US:
            yield f"{way(*pair)}: {one.latency_us:.3g} us for a few bytes, usual is about 1"


def _unlike(
    evidence: Evidence, found: Mapping[Pair, Copy], *, given: Mapping[str, float]
) -> Iterator[str]:
    """Pairs of one kind of link and card that differ, unless the inventory says what is right."""
    told = {pair: one for pair, one in found.items() if evidence.links.kind(*pair) not in given}
    best: dict[tuple[str, ...], float] = {}
    for pair, one in told.items():
        alike = _alike(evidence, pair)
        best[alike] = max(best.get(alike, 0.0), one.gb_per_s)
    for pair, one in told.items():
        most = best[_alike(evidence, pair)]
        if 0 < one.gb_per_s < FAIL * most:
            yield f"{way(*pair)}: {one.gb_per_s:.3g} GB/s where others of its kind have {most:.3g}"


def _alike(evidence: Evidence, pair: Pair) -> tuple[str, ...]:
    names = sorted(evidence.state.gpus[at].name for at in pair)
    return (evidence.links.kind(*pair), *names, *_lanes(evidence, pair))


def _lanes(evidence: Evidence, pair: Pair) -> list[str]:
    return sorted(str(evidence.state.gpus[at].function.link.width) for at in pair)


def _untold(
    evidence: Evidence,
    wanted: list[Pair],
    found: Mapping[Pair, Copy],
    *,
    given: Mapping[str, float],
) -> Iterator[str]:
    for pair in wanted:
        if pair not in found or not found[pair].gb_per_s:
            yield f"{way(*pair)}: not measured"
        elif _expected(evidence, pair, given=given) is None:
            kind = evidence.links.kind(*pair) or "no known link"
            yield (
                f"{way(*pair)}: {found[pair].gb_per_s:.3g} GB/s over {kind}, and nothing tells "
                "what that should be; give gpu_interconnect.expected_gb_per_s"
            )


def _slowest(found: Mapping[Pair, Copy]) -> str:
    pair, one = min(found.items(), key=lambda item: item[1].gb_per_s)
    late = f", {one.latency_us:.3g} us" if one.latency_us else ", latency not measured"
    return f"{way(*pair)} is the slowest: {one.gb_per_s:.3g} GB/s{late}"

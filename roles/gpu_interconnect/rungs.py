"""The rungs of the ladder, each by the evidence that speaks of it."""

from collections.abc import Iterator

from roles.gpu_interconnect import grants, links
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.judged import Judged, failed, proven, refused, unproven
from roles.gpu_interconnect.links import Pair
from roles.gpu_interconnect.measured import Collective
from roles.gpu_interconnect.pairs import copies, denies, granted, some, together, way


def stranger(evidence: Evidence) -> str | None:
    """Why the probe's GPUs are not the host's; None when they are."""
    found = evidence.measured
    if found is None:
        return None
    ours = [gpu.driver.uuid for gpu in evidence.state.gpus if gpu.driver is not None]
    theirs = [gpu.uuid or ours[at] for at, gpu in enumerate(found.gpus[: len(ours)])]
    if theirs != ours or len(found.gpus) != len(ours):
        return f"the probe saw {len(found.gpus)} GPUs that are not the {len(ours)} of this host"
    return None


def grant(evidence: Evidence) -> Judged:
    """What the driver says of peer access; CUDA must say the same."""
    told = evidence.grants
    if told.damage or not told.statuses:
        return unproven(some(told.damage) or "nvidia-smi topo -p2p told of no pair")
    contrary = [
        pair for pair, one in copies(evidence).items() if told.grants(*pair) and denies(one)
    ]
    if contrary:
        pairs = some(way(*pair) for pair in contrary)
        return failed(f"{pairs}: nvidia-smi grants peer access and CUDA refuses it")
    linked = [pair for pair in told.refused if links.count(evidence.links.kind(*pair))]
    if linked:
        return failed(f"NVLink joins {together(linked)}, and the driver refuses: {_refusals(told)}")
    if not granted(evidence):
        return refused(f"the driver grants no pair peer access: {_refusals(told)}")
    rest = f"; refused to others: {_refusals(told)}" if told.refused else ""
    return proven(f"the driver grants {together(told.statuses.keys() - told.refused)}{rest}")


def _refusals(told: grants.Grants) -> str:
    return some(grants.words(status) for status in sorted(set(told.refused.values())))


def link(evidence: Evidence) -> Judged:
    """Which link joins each pair, and whether NVLinks are whole."""
    found = evidence.links
    if found.damage or not found.kinds:
        return unproven(some(found.damage) or "nvidia-smi topo -m told of no pair")
    if evidence.state.shares:
        return unproven(f"MIG is on: {some(evidence.state.shares)} tell of no NVLink")
    missing = links.short(found, cards=[gpu.card for gpu in evidence.state.gpus])
    if missing:
        return failed(some(missing))
    return proven(some(f"GPU{a}-GPU{b}: {kind}" for (a, b), kind in found.kinds.items()))


def copy(evidence: Evidence) -> Judged:
    """Whether copies arrive whole at their destination."""
    wrong = list(_wrong_copies(evidence))
    if wrong:
        return failed(some(wrong))
    wanted = granted(evidence)
    if not wanted:
        return refused("no pair is granted peer access: nothing goes from GPU to GPU")
    found = copies(evidence)
    lacking = [pair for pair in wanted if pair not in found or not found[pair].bytes]
    if lacking:
        return unproven(f"not measured: {some(way(*pair) for pair in lacking)}")
    return proven(f"every copy of {len(wanted)} arrived whole")


def _wrong_copies(evidence: Evidence) -> Iterator[str]:
    if evidence.error:
        yield evidence.error
    for pair, one in copies(evidence).items():
        if one.error:
            yield f"{way(*pair)}: {one.error}"
        elif one.wrong_bytes:
            yield f"{way(*pair)}: wrong bytes arrived ({one.wrong_bytes} of {one.bytes} a copy)"
    yield from _alone(evidence)


def _alone(evidence: Evidence) -> Iterator[str]:
    for gpu in evidence.measured.alone if evidence.measured is not None else ():
        if gpu.error:
            yield f"GPU{gpu.index} and the host's memory: {gpu.error}"
        elif gpu.wrong_bytes:
            yield f"GPU{gpu.index} and the host's memory: {gpu.wrong_bytes} wrong bytes"


def collective(evidence: Evidence) -> Judged:
    """Whether collectives compute right; without the GPUs' own paths they must as well."""
    found = evidence.measured.collectives if evidence.measured is not None else ()
    wrong = [_said(one, among=found) for one in found if _is_wrong(one) and not _did_not_run(one)]
    if wrong:
        return failed(some(wrong))
    broken = [_said(one, among=found) for one in found if one.error]
    if broken:
        return unproven(f"the control without peer to peer did not run: {some(broken)}")
    every = tuple(range(len(evidence.state.gpus)))
    whole = {one.p2p for one in found if one.gpus == every and one.elements}
    if whole != {True, False}:
        return unproven("no collective of all GPUs was computed with and without peer to peer")
    return proven(f"{len(found)} collectives computed right, with peer to peer and without")


def _is_wrong(one: Collective) -> bool:
    return bool(one.error or one.wrong)


def _did_not_run(one: Collective) -> bool:
    """A control that ended in an error, and neither computed wrong nor hung, says nothing."""
    return not one.p2p and bool(one.error) and not one.wrong and "hung" not in one.error


def _said(one: Collective, *, among: tuple[Collective, ...]) -> str:
    what = one.error or f"{one.wrong} wrong elements"
    if not one.p2p:
        return f"{one.operation} of {_gpus(one)} without peer to peer: {what}"
    alike = [
        other
        for other in among
        if (other.p2p, other.gpus, other.operation) == (False, one.gpus, one.operation)
    ]
    right = ", right without it" if alike and not any(map(_is_wrong, alike)) else ""
    return f"{one.operation} of {_gpus(one)} with peer to peer: {what}{right}"


def _gpus(one: Collective) -> str:
    return ", ".join(f"GPU{gpu}" for gpu in one.gpus)


def concurrent(evidence: Evidence) -> Judged:
    """Whether writes to several GPUs at the same time all arrive."""
    found = evidence.measured.concurrent if evidence.measured is not None else ()
    wrong = [
        f"GPU{one.source}: {one.error or f'{one.wrong_bytes} wrong bytes'}"
        for one in found
        if one.error or one.wrong_bytes
    ]
    if wrong:
        return failed(f"writing to several at once, {some(wrong)}")
    wanted = granted(evidence)
    if not wanted:
        return refused("no pair is granted peer access: no GPU writes to others")
    told: set[Pair] = {(one.source, to) for one in found if one.bytes for to in one.targets}
    lacking = [pair for pair in wanted if pair not in told]
    if lacking:
        return unproven(f"not measured: {some(way(*pair) for pair in lacking)}")
    return proven("writes to all others at once arrived whole")


def unsafe(evidence: Evidence) -> str | None:
    """Why not even the way by the host's memory computes right; None when it does."""
    found = evidence.measured.collectives if evidence.measured is not None else ()
    wrong = [
        _said(one, among=found)
        for one in found
        if not one.p2p and _is_wrong(one) and not _did_not_run(one)
    ]
    return some([*_alone(evidence), *wrong]) or None

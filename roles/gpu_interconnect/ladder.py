"""The ladder of evidence: what is only said below, what is seen above; a lower rung can veto."""

from collections.abc import Mapping

from roles.gpu_interconnect import fitness, judged, rungs, speed
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.judged import Judged

RUNGS = ("grant", "link", "copy", "speed", "collective", "concurrent")
"""In their order."""
_VETOES = {
    "grant": ("copy", "speed", "collective", "concurrent"),
    "copy": ("speed", "collective", "concurrent"),
}
"""What does not count as proven while the rung below it is not."""


def judge(evidence: Evidence, *, given: Mapping[str, float]) -> dict[str, Judged]:
    """Each rung's verdict; `given` are expected GB/s by link, in place of the path's."""
    useless = rungs.stranger(evidence) or fitness.unfit(evidence)
    if useless is not None:
        return dict.fromkeys(RUNGS, judged.unproven(useless))
    found = {
        "grant": rungs.grant(evidence),
        "link": rungs.link(evidence),
        "copy": rungs.copy(evidence),
        "speed": speed.judge(evidence, given=given),
        "collective": rungs.collective(evidence),
        "concurrent": rungs.concurrent(evidence),
    }
    return _vetoed(found)


def _vetoed(found: Mapping[str, Judged]) -> dict[str, Judged]:
    result = dict(found)
    for rung, above in _VETOES.items():
        if found[rung].verdict not in ("failed", "unproven"):
            continue
        for name in above:
            if result[name].verdict == "proven":
                result[name] = judged.unproven(f"rests on what is {found[rung].verdict}: {rung}")
    return result


def unsafe(evidence: Evidence) -> str | None:
    """Why no setting makes these GPUs compute right; None when there is a way."""
    return None if fitness.unfit(evidence) is not None else rungs.unsafe(evidence)

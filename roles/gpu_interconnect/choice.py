"""What engines are told: how far NCCL may go from GPU to GPU, and which GPUs belong together."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from roles.gpu_interconnect import ladder, links
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.judged import Judged
from roles.gpu_interconnect.pairs import copies, granted

_WRONG = ("copy", "collective", "concurrent")
"""Rungs whose failure is wrong data or a hang: then nothing may go from GPU to GPU."""
_LEVELS = (("NVL", ("NV",)), ("PXB", ("PIX", "PXB")), ("PHB", ("PHB", "NODE")), ("SYS", ("SYS",)))
"""NCCL's word for how far, the nearest first; it knows no NODE: that is one CPU to it."""


class Choice(BaseModel):
    """Variables, an argument and groups of GPUs, and the evidence for them."""

    model_config = ConfigDict(frozen=True)

    environment: dict[str, str] = {}
    disable_custom_all_reduce: bool = False
    groups: tuple[tuple[int, ...], ...] = ()
    """GPUs that are near each other, the nearest first."""
    evidence: str = ""

    @property
    def text(self) -> str:
        """Text of its file."""
        return self.model_dump_json(indent=2) + "\n"


def parse(text: str) -> Choice | None:
    """The choice from its file; None when there is none."""
    try:
        return Choice.model_validate_json(text)
    except ValidationError:
        return None


def of(evidence: Evidence, *, judged: Mapping[str, Judged]) -> Choice:
    """What follows from the verdicts; it changes only when they do."""
    groups = tuple(tuple(group) for group in links.groups(evidence.links))
    environment, is_off, why = _settings(evidence, judged)
    label = " (simulated hardware)" if evidence.simulated else ""
    return Choice(
        environment=environment,
        disable_custom_all_reduce=is_off,
        groups=groups,
        evidence=f"{why}{label}",
    )


def _settings(evidence: Evidence, judged: Mapping[str, Judged]) -> tuple[dict[str, str], bool, str]:
    """Variables, whether custom all-reduce is off, and why."""
    wrong = [rung for rung in _WRONG if judged[rung].verdict == "failed"]
    if wrong:
        return {"NCCL_P2P_DISABLE": "1"}, True, f"peer to peer failed: {', '.join(wrong)}"
    if _costs(evidence, judged["speed"]):
        return {"NCCL_P2P_DISABLE": "1"}, True, "peer to peer is slower than the host's memory"
    if judged["grant"].verdict == "refused":
        return {}, False, "the driver grants no peer access: NCCL goes by the host's memory"
    open_ = [rung for rung in ladder.RUNGS if judged[rung].verdict != "proven"]
    if open_:
        return {}, True, f"peer to peer is not proven: {', '.join(open_)}"
    return _proven(evidence)


def _costs(evidence: Evidence, speed: Judged) -> bool:
    measured = copies(evidence)
    found = [measured[pair] for pair in granted(evidence) if pair in measured]
    slower = any(0 < one.gb_per_s < one.staged_gb_per_s for one in found)
    return speed.verdict == "failed" and slower


def _proven(evidence: Evidence) -> tuple[dict[str, str], bool, str]:
    kinds = {evidence.links.kind(*pair) for pair in granted(evidence)}
    levels = [level for level, starts in _LEVELS if any(kind.startswith(starts) for kind in kinds)]
    is_nvlink = levels == ["NVL"]
    why = f"peer to peer over {', '.join(sorted(kinds))} is proven by data"
    if is_nvlink and not evidence.grants.refused:
        return {}, False, f"{why}, between all GPUs"
    if is_nvlink:
        return {"NCCL_P2P_LEVEL": "NVL"}, False, f"{why}, between some GPUs"
    # what such kernels load over PCIe no rung proves, and patched drivers got it wrong
    return {"NCCL_P2P_LEVEL": levels[-1]}, True, why

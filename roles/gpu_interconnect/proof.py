"""The proof as it lies on a node: of which hardware it holds, and what was measured."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

from roles.gpu_interconnect import ladder
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.judged import Judged
from roles.gpu_interconnect.key import Key
from roles.gpu_interconnect.measured import Measured


class Proof(BaseModel):
    """One measurement, judged."""

    model_config = ConfigDict(frozen=True)

    key: Key
    measured: Measured | None
    judged: dict[str, Judged]
    links: dict[str, str] = {}
    """By pair, as 0-1: the link that nvidia-smi showed."""
    grants: dict[str, str] = {}
    """By pair, as 0-1: the status that the driver gave."""
    at: str
    simulated: bool
    """Whether no figure in it is of hardware."""

    @property
    def text(self) -> str:
        """Text of its file."""
        return self.model_dump_json(indent=2, by_alias=True) + "\n"

    @property
    def failures(self) -> list[str]:
        """What failed, rung by rung."""
        failed = (rung for rung in ladder.RUNGS if self.judged[rung].verdict == "failed")
        return [f"{rung}: {self.judged[rung].why}" for rung in failed]


def of(evidence: Evidence, *, given: Mapping[str, float]) -> Proof:
    """The proof that evidence comes to; `given` are expected GB/s by link."""
    return Proof(
        key=evidence.key,
        measured=evidence.measured,
        judged=ladder.judge(evidence, given=given),
        links=_named(evidence.links.kinds),
        grants=_named(evidence.grants.statuses),
        at=evidence.at,
        simulated=evidence.simulated,
    )


def _named(cells: Mapping[tuple[int, int], str]) -> dict[str, str]:
    return {f"{one}-{other}": cell for (one, other), cell in cells.items()}


def parse(text: str) -> Proof | None:
    """The proof from its file; None when there is none, or none that can be read."""
    try:
        found = Proof.model_validate_json(text)
    except ValidationError:
        return None
    return found if set(ladder.RUNGS) <= set(found.judged) else None


def shortfall(proof: Proof, *, unsafe: str | None, required: bool) -> str | None:
    """Why a host may not serve with what was proven; None when it may."""
    if unsafe is not None:
        return (
            f"these GPUs compute wrong even by the host's memory: {unsafe}. No setting of an "
            "engine mends that; take the GPU out and deploy again"
        )
    order = sorted(ladder.RUNGS, key=lambda rung: proof.judged[rung].verdict != "failed")
    lacking = [
        f"{rung} is {proof.judged[rung].verdict}: {proof.judged[rung].why}"
        for rung in order
        if proof.judged[rung].verdict != "proven"
    ]
    if required and lacking:
        return f"gpu_interconnect.required is True and peer to peer is not proven: {lacking[0]}"
    return None

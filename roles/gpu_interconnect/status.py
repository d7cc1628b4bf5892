"""What a status shows of the ways between a host's GPUs: what was proven of them, and over what."""

from infra.status import Cell, Shown, bad, good, unknown
from roles.gpu_interconnect import ladder, proof, record
from roles.gpu_interconnect.settings import GpuInterconnectSettings


def command(settings: GpuInterconnectSettings) -> str:
    """Shell text that prints the proof on record."""
    return record.PROOF_COMMAND


def shown(answer: str, *, settings: GpuInterconnectSettings) -> Shown:
    """The column P2P: the link that is proven, or the rung of the evidence that is not."""
    found = proof.parse(answer)
    if found is None or len(found.key.gpus) < 2:
        return Shown({"P2P": Cell("–") if found is not None else unknown("no proof")})
    notes = tuple(f"gpu_interconnect: {failure}" for failure in found.failures)
    return Shown({"P2P": _cell(found)}, notes)


def _cell(found: proof.Proof) -> Cell:
    verdicts = {rung: found.judged[rung].verdict for rung in ladder.RUNGS}
    by_word = {word: rung for rung, word in reversed(verdicts.items())}
    if "failed" in by_word:
        return bad(by_word["failed"])
    if "unproven" in by_word:
        return unknown(by_word["unproven"])
    if "refused" in by_word:
        return Cell("– by host")
    kinds = sorted(set(found.links.values()) - {"X"})
    return good(" ".join(kinds))

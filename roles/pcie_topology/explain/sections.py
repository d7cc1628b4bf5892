"""Several outputs in one text, as a report of a rig has them: one judgement of all."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from roles.pcie_topology.explain.judgement import Judgement, Lanes, Nvlink, P2p

Word = TypeVar("Word", Lanes, P2p, Nvlink)
_LANES: tuple[Lanes, ...] = ("degraded", "unknown", "inconclusive", "ok", "n/a")
_P2P: tuple[P2p, ...] = ("none", "partial", "unknown", "ok", "unproven", "n/a")
_NVLINK: tuple[Nvlink, ...] = ("degraded", "unknown", "absent", "present", "n/a")
"""The first word that a part says stands for all; a measurement proves what is only granted."""


def split(text: str, *, is_prompt: Callable[[str], bool]) -> list[str]:
    """The text's parts, each from a line in which a command was typed to the next one."""
    parts: list[list[str]] = [[]]
    for line in text.split("\n"):
        if is_prompt(line) and any(one.strip() for one in parts[-1]):
            parts.append([])
        parts[-1].append(line)
    return ["\n".join(part) for part in parts]


def joined(judgements: Sequence[Judgement]) -> Judgement:
    """One judgement of the parts of a text: the worst that any of them says."""
    counts = [one.gpus for one in judgements if one.gpus is not None]
    findings = (finding for one in judgements for finding in one.findings)
    return Judgement(
        kind=" + ".join(dict.fromkeys(one.kind for one in judgements)),
        gpus=max(counts, default=None),
        lanes=_first(_LANES, [one.lanes for one in judgements]),
        p2p=_first(_P2P, [one.p2p for one in judgements]),
        nvlink=_first(_NVLINK, [one.nvlink for one in judgements]),
        findings=tuple(dict.fromkeys(findings)),
        uuids=frozenset(uuid for one in judgements for uuid in one.uuids),
        cards={bdf: card for one in judgements for bdf, card in one.cards.items()},
    )


def _first(order: Sequence[Word], said: Sequence[Word]) -> Word:
    return next((word for word in order if word in said), order[-1])

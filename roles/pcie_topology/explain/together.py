"""Outputs of one machine, judged together: a verdict may get worse by it, never better."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from roles.gpu_driver import cards
from roles.gpu_driver.cards import Card
from roles.pcie_topology.explain import listing
from roles.pcie_topology.explain.judgement import Finding, Judgement
from roles.pcie_topology.explain.readers import gpu_list, topo_matrix, topo_p2p
from roles.pcie_topology.explain.recognise import clean

_WHOLE = (gpu_list.KIND, topo_matrix.KIND, topo_p2p.KIND)
"""Kinds that always tell of all GPUs of a machine."""
_WORSE = ("n/a", "present", "absent", "unknown", "degraded")
_FEW = 2
"""A map of fewer cards does not tell machines apart: many have their one GPU at 01:00.0."""


@dataclass(frozen=True)
class Told:
    """A file and what it says."""

    file: str
    text: str
    judgement: Judgement


def judged(files: Sequence[Told], *, one_machine: bool = False) -> list[Told]:
    """The files in their order, each with what the others of its machine add to it."""
    groups = [list(files)] if one_machine else _machines(files)
    after = {told.file: told for group in groups for told in _group(group)}
    return [after[told.file] for told in files]


def _group(group: Sequence[Told]) -> list[Told]:
    if len(group) < 2:
        return list(group)
    return [_with_others(told, [one for one in group if one is not told]) for told in group]


def _with_others(told: Told, others: Sequence[Told]) -> Told:
    judgement = told.judgement
    card = _one_card([told, *others])
    if judgement.kind == topo_matrix.KIND and card is not None:
        judgement = _worse(judgement, topo_matrix.judge(clean(told.text), card=card))
    added = [finding for rule in _RULES for finding in rule(told, others)]
    findings = tuple(dict.fromkeys((*judgement.findings, *added)))
    return replace(told, judgement=replace(judgement, findings=findings))


def _worse(before: Judgement, after: Judgement) -> Judgement:
    """The judgement that knows the card, unless it would say something better."""
    return after if _WORSE.index(after.nvlink) >= _WORSE.index(before.nvlink) else before


def _redirects(told: Told, others: Sequence[Told]) -> Iterator[Finding]:
    """A grant of peer access where a bridge above the GPUs sends peers' data to the root."""
    if told.judgement.p2p not in ("ok", "partial", "unproven"):
        return
    for other in others:
        for finding in other.judgement.findings:
            said = f"{finding.subject} {finding.message}"
            if finding.severity != "info" and _ACS.search(said):
                message = f"{os.path.basename(other.file)}: {finding.subject}: {finding.message}"
                yield Finding("warning", "P2P", message, finding.advice)


def _counts(told: Told, others: Sequence[Told]) -> Iterator[Finding]:
    mine = told.judgement
    for other in others:
        its = other.judgement
        if mine.kind in _WHOLE and its.kind in _WHOLE and mine.gpus != its.gpus:
            message = f"{mine.gpus} here, {its.gpus} in {os.path.basename(other.file)}"
            yield Finding("error", "GPUs", message, "A GPU came or went in between: see dmesg.")


def _narrow(told: Told, others: Sequence[Told]) -> Iterator[Finding]:
    """Lanes that another file found too few matter wherever copies between GPUs are judged."""
    if told.judgement.p2p in ("n/a", "none") or told.judgement.lanes == "degraded":
        return
    for other in others:
        if other.judgement.lanes == "degraded":
            message = f"{os.path.basename(other.file)} shows fewer lanes than there should be"
            yield Finding("warning", "lanes", message, "Mend the lanes first, then measure again.")


def _measured(told: Told, others: Sequence[Told]) -> Iterator[Finding]:
    if told.judgement.kind != topo_p2p.KIND:
        return
    for other in others:
        if other.judgement.p2p == "ok":
            message = f"{os.path.basename(other.file)} measured it: copies go from GPU to GPU"
            yield Finding("info", "P2P", message)


_RULES: tuple[Callable[[Told, Sequence[Told]], Iterator[Finding]], ...] = (
    _redirects,
    _counts,
    _narrow,
    _measured,
)
_ACS = re.compile(r"\bACS\b.*redirect|redirect.*\bACS\b|ReqRedir|CmpltRedir", re.IGNORECASE)


def _one_card(files: Sequence[Told]) -> Card | None:
    """The card of all GPUs, where files name them and all are of one kind."""
    names = {name for told in files for name in _names(told)}
    found = {cards.by_name(name) for name in names}
    return found.pop() if len(found) == 1 else None


def _names(told: Told) -> list[str]:
    listed_names = [name for _, name, _ in gpu_list.GPU.findall(clean(told.text))]
    return [*told.judgement.cards.values(), *listed_names]


def _machines(files: Sequence[Told]) -> list[list[Told]]:
    """Files in groups that surely are of one machine each."""
    groups: list[list[Told]] = []
    for told in files:
        same = [group for group in groups if any(_is_same(told, one) for one in group)]
        groups = [group for group in groups if group not in same]
        groups.append([*(one for group in same for one in group), told])
    return groups


def _is_same(one: Told, other: Told) -> bool:
    mine = listing.uuids(one.judgement.uuids)
    its = listing.uuids(other.judgement.uuids)
    if mine and its:
        return bool(mine & its)
    return os.path.dirname(one.file) == os.path.dirname(other.file) and _has_same_cards(
        one.judgement.cards, other.judgement.cards
    )


def _has_same_cards(mine: Mapping[str, str], its: Mapping[str, str]) -> bool:
    if len(mine) < _FEW or mine.keys() != its.keys():
        return False
    return all(_is_same_name(mine[address], its[address]) for address in mine)


def _is_same_name(one: str, other: str) -> bool:
    """Whether two tools mean one card; nvidia-smi's table cuts long names short."""
    short = [name.removesuffix("...").strip() for name in (one, other)]
    if short[0].startswith(short[1]) or short[1].startswith(short[0]):
        return True
    known = cards.by_name(one)
    return known is not None and known == cards.by_name(other)

"""A pass over nodes that their gate keeps out: who they are, and what each needs to come in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from infra import gate, rotator
from infra.gate import Gate
from infra.rotation import Hold, holds_of
from infra.rotator import Seen
from infra.site import Node
from infra.verdict import Verdict

AGAIN = timedelta(hours=1)
"""After a deploy that proved nothing, so long a pass leaves the node to a person."""
_ELSEWHERE = (
    "what was deployed there last is not what this inventory promises, or a deploy is at work; "
    "infra deploy"
)
_IN_VAIN = "; a deploy in this boot did not prove it: mend what it lacks, or waive it"


@dataclass(frozen=True)
class Passed:
    """What a pass came to for one node."""

    node: str
    open: bool
    """Whether it is proven for its boot and what it is promised."""
    why: str
    """What its checks came to; where it is proven and stays out, who else holds it."""
    failed: bool = False
    """Whether a promise is broken: else it could not be judged."""
    deployed: bool = False
    """Whether it was deployed for proofs that end with a boot."""
    held: str = ""
    """Who else holds it out."""


def held_out(seen: Seen, *, among: Iterable[Node]) -> dict[str, tuple[Hold, ...]]:
    """By name: everything that holds a node that its gate keeps out at any balancer."""
    by_name = {node.name: rotator.views(node.name, seen) for node in among}
    return {
        name: holds_of(views)
        for name, views in by_name.items()
        if any(map(rotator.held_by_gate, views))
    }


def judged(
    nodes: Sequence[Node], verdicts: Sequence[Verdict], *, gates: Mapping[str, Gate], today: date
) -> dict[str, Passed]:
    """What each node's checks came to; `gates` are those that were left on them."""
    return {node.name: _judged(node, verdicts, gates.get(node.name), today) for node in nodes}


def to_deploy(
    nodes: Sequence[Node],
    verdicts: Sequence[Verdict],
    *,
    gates: Mapping[str, Gate],
    holds: Mapping[str, Sequence[Hold]],
    today: date,
    now: datetime,
) -> list[Node]:
    """Nodes of which nothing failed, and that a deploy can prove: proofs end with a boot.

    Only those that answered, and that nobody holds besides: a person may be at work there. Nor
    those that a deploy could not prove a while ago: another would find them as they are.
    """
    return [
        node
        for node in nodes
        if node.name in gates
        and not _tried(gates[node.name], now=now)
        and rotator.only_watched(holds[node.name])
        and _lacks_proofs_alone(_of(node, verdicts, today))
    ]


def _judged(node: Node, verdicts: Sequence[Verdict], found: Gate | None, today: date) -> Passed:
    against = _of(node, verdicts, today)
    failed = any(one.verdict == "failed" for one in against)
    if found is not None:
        tried = "" if failed or found.open or not found.deployed else _IN_VAIN
        return Passed(node.name, found.open, f"{found.why}{tried}", failed=failed)
    reasons = [one.reason for one in against]
    return Passed(node.name, open=False, why=reasons[0] if reasons else _ELSEWHERE, failed=failed)


def _of(node: Node, verdicts: Sequence[Verdict], today: date) -> list[Verdict]:
    own = [one for one in verdicts if one.node == node.name]
    return gate.broken(own, waivers=node.waivers, today=today)


def _tried(gate: Gate, *, now: datetime) -> bool:
    """Whether a deploy was judged in this boot not long ago; a clock may have been set since."""
    try:
        return abs(now - datetime.fromisoformat(gate.deployed)) < AGAIN
    except (ValueError, TypeError):
        return False


def _lacks_proofs_alone(against: Sequence[Verdict]) -> bool:
    return bool(against) and all(one.verdict == "unproven" for one in against)

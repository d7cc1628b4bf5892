"""All balancers or none: what one that failed leaves behind on the others is undone, or told."""

from collections.abc import Callable, Sequence

from infra.agreement import side_by_side, together
from infra.balancer import Balancer, BalancerError
from infra.rotation import Canary, Hold, Rotated, Told

_CANARY = "canary"


def everywhere(
    balancers: Sequence[Balancer], node: str, act: Callable[[Balancer], None]
) -> tuple[str, ...]:
    """Names of the balancers that know a node and have acted, which are all of them.

    BalancerError when one cannot: those that did have its canary, swap and holds as before.
    """
    before, deaf = side_by_side(balancers, lambda one: one.told())
    if deaf:
        raise together(deaf)
    asked = [one for one in balancers if _knows(before[one.name], node)]
    said, problems = side_by_side(asked, act)
    if problems:
        may = [one for one in asked if one.name in said or problems[one.name].unsure]
        _, lost = side_by_side(may, lambda one: _as_before(one, node, before[one.name]))
        raise together(problems, half_done=lost, doubt=f"may do otherwise with {node}")
    return tuple(said)


def held(rotated: Rotated | None, owner: str) -> Hold | None:
    """An owner's hold; None without it."""
    holds = () if rotated is None else rotated.holds
    return next((hold for hold in holds if hold.owner == owner), None)


def lift_again(balancer: Balancer, node: str, *, owner: str) -> None:
    """BalancerError unless it is known afterwards that the hold is not there."""
    try:
        balancer.lift(node, owner=owner)
    except BalancerError as problem:
        if problem.unsure or held(balancer.show().get(node), owner) is not None:
            raise


def put_back(balancer: Balancer, before: Rotated, *, owner: str) -> None:
    """BalancerError unless it is known afterwards that the hold is there."""
    hold = held(before, owner)
    if hold is None:
        return
    try:
        balancer.hold(before.node, owner=owner, reason=hold.reason, by=hold.by)
    except BalancerError as problem:
        if problem.unsure or held(balancer.show().get(before.node), owner) is None:
            raise


def _as_before(balancer: Balancer, node: str, before: Told) -> None:
    """BalancerError unless it is known afterwards that all is as it was."""
    try:
        _swap_as_before(balancer, node, before)
        _canary_as_before(balancer, node, before)
    except BalancerError as problem:
        if problem.unsure or _about(node, balancer.told()) != _about(node, before):
            raise


def _swap_as_before(balancer: Balancer, node: str, before: Told) -> None:
    swap, found = before.swaps.get(node), balancer.told().swaps.get(node)
    if swap is None and found is not None:
        balancer.unswap(node)
    elif swap is not None and found is None:
        balancer.swap(node, swap.spare, by=swap.by)


def _canary_as_before(balancer: Balancer, node: str, before: Told) -> None:
    told = balancer.told()
    if _about(node, told) == _about(node, before):
        return
    canary, hold = _canary(node, before), held(before.nodes.get(node), _CANARY)
    if canary is not None:
        balancer.canary_set(node, share=canary.share, endpoints=canary.endpoints, by=canary.by)
    elif _canary(node, told) is not None:
        balancer.canary_promote(node, by="infra")
    if hold is not None:
        balancer.hold(node, owner=_CANARY, reason=hold.reason, by=hold.by)
    elif held(balancer.told().nodes.get(node), _CANARY) is not None:
        balancer.lift(node, owner=_CANARY)


def _knows(told: Told, node: str) -> bool:
    """Whether it is a member or held, or the canary still of a pool that it has left."""
    return node in told.nodes or _canary(node, told) is not None


def _canary(node: str, told: Told) -> Canary | None:
    return next((one for one in told.canaries.values() if one.node == node), None)


def _about(node: str, told: Told) -> tuple[object, ...]:
    canary, swap = _canary(node, told), told.swaps.get(node)
    share = None if canary is None else (canary.share, canary.endpoints)
    owners = frozenset(hold.owner for hold in told.nodes[node].holds) if node in told.nodes else ()
    return share, None if swap is None else swap.spare, owners

"""Every balancer of a site, asked side by side: they agree, or the question fails."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import ModuleType

from infra.agreement import side_by_side, together
from infra.balancer import Balancer, BalancerError
from infra.role import Settings
from infra.role import load as load_role
from infra.rotation import Policy, Rotated, Settled, Told
from infra.session import Asked, Session
from infra.site import Node, Site
from infra.undoing import everywhere, held, lift_again, put_back
from infra.wire import Exchange

__all__ = ["BalancerError", "Balancers", "of", "policy", "pools"]


def of(site: Site) -> tuple[Node, ...]:
    """The nodes that balance: one of their roles has a part `rotation`."""
    return tuple(node for node in site.nodes if any(_parts(node)))


def policy(site: Site) -> Policy:
    """The strictest of what the balancers say; windows are those of the first that has any."""
    said = [part.policy(settings) for node in site.nodes for part, settings in _parts(node)]
    if not said:
        return Policy()
    return Policy(
        max_unavailable=min(one.max_unavailable for one in said),
        drain_seconds=max(one.drain_seconds for one in said),
        maintenance_windows=next(
            (one.maintenance_windows for one in said if one.maintenance_windows), ()
        ),
    )


def pools(site: Site) -> dict[str, tuple[str, ...]]:
    """Names of the nodes by the model that they serve through any balancer."""
    found: dict[str, tuple[str, ...]] = {}
    for node in site.nodes:
        for part, settings in _parts(node):
            for model, names in part.pools(settings).items():
                found[model] = tuple(dict.fromkeys((*found.get(model, ()), *names)))
    return found


def _parts(node: Node) -> Iterator[tuple[ModuleType, Settings]]:
    for name, settings in node.settings.items():
        part = load_role(name).part("rotation")
        if part is not None:
            yield part, settings


class Balancers:
    """Every balancer of a site; connections are opened when first needed and kept.

    Several greenlets may ask at once. A balancer whose program is not installed yet, or does not
    know a node, spreads no request to it and is left out of what is done about that node.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        *,
        accept_new: bool = False,
        listen: Callable[[str, Exchange], None] = lambda node, exchange: None,
        session: Callable[[Node], Asked] | None = None,
    ) -> None:
        """Balancers that are not connected yet; `listen` hears every round trip."""

        def over_ssh(node: Node) -> Session:
            return Session(node, accept_new=accept_new, listen=partial(listen, node.name))

        self.nodes = tuple(nodes)
        made = over_ssh if session is None else session
        self._all = [Balancer(node.name, session=partial(made, node)) for node in nodes]

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.nodes)

    def rotation(
        self, *, probe: bool = False, patient: bool = False
    ) -> dict[str, dict[str, Rotated]]:
        """Every node's state by balancer and name; `{}` of a balancer without its program.

        BalancerError when one does not answer; with `patient` that one is left out.
        """
        said, problems = side_by_side(self._all, lambda one: one.show(probe=probe))
        if problems and not patient:
            raise together(problems)
        return said

    def hold(
        self, node: str, *, owner: str, reason: str, by: str, keep: int = 0
    ) -> tuple[str, ...]:
        """Names of the balancers that keep the node out from now on, on behalf of this owner.

        BalancerError when one cannot; what this call may have put is then lifted again.
        """
        asked, before = self._spreading(node)
        said, problems = side_by_side(
            asked, lambda one: one.hold(node, owner=owner, reason=reason, by=by, keep=keep)
        )
        if problems:
            certain = {name for name, problem in problems.items() if problem.refused}
            may = [one for one in asked if not held(before[one.name], owner)]
            _, kept = side_by_side(
                [one for one in may if one.name not in certain],
                lambda one: lift_again(one, node, owner=owner),
            )
            raise together(problems, half_done=kept, doubt="may hold it")
        return tuple(said)

    def settle(
        self, node: str, *, seconds: int, hear: Callable[[int], None] = lambda left: None
    ) -> Settled:
        """What a drain came to: sums over the balancers, and the longest time.

        `hear` is told from time to time how many requests are under way.
        """
        asked, _ = self._spreading(node)
        left: dict[str, int] = {}

        def settle_one(one: Balancer) -> Settled:
            def heard(under_way: int) -> None:
                left[one.name] = under_way
                hear(sum(left.values()))

            return one.settle(node, seconds=seconds, hear=heard)

        said, problems = side_by_side(asked, settle_one)
        if problems:
            raise together(problems)
        return Settled(
            finished=sum(one.finished for one in said.values()),
            left=sum(one.left for one in said.values()),
            seconds=max((one.seconds for one in said.values()), default=0.0),
        )

    def lift(self, node: str, *, owner: str) -> None:
        """Lift an owner's hold everywhere; BalancerError when one cannot, and it stays on all."""
        asked, before = self._spreading(node)
        _, problems = side_by_side(asked, lambda one: one.lift(node, owner=owner))
        if not problems:
            return
        may = [one for one in asked if held(before[one.name], owner)]
        _, lost = side_by_side(may, lambda one: put_back(one, before[one.name], owner=owner))
        raise together(problems, half_done=lost, doubt="may hold it no more")

    def canary_set(
        self, node: str, *, share: float, endpoints: Sequence[str] = (), by: str
    ) -> tuple[str, ...]:
        """Give a node that share in percent of its model's requests, of those endpoints or of all.

        Names of the balancers that do; BalancerError when one cannot, and all are as they were.
        """
        return everywhere(
            self._all,
            node,
            lambda one: one.canary_set(node, share=share, endpoints=endpoints, by=by),
        )

    def canary_promote(self, node: str, *, by: str) -> tuple[str, ...]:
        """Make a canary one of its pool again, everywhere or nowhere."""
        return everywhere(self._all, node, lambda one: one.canary_promote(node, by=by))

    def canary_abort(self, node: str, *, reason: str, by: str) -> tuple[str, ...]:
        """End a canary, which is then held by `canary`, everywhere or nowhere."""
        return everywhere(self._all, node, lambda one: one.canary_abort(node, reason=reason, by=by))

    def swap(self, dead: str, spare: str, *, by: str) -> tuple[str, ...]:
        """Put a spare in a node's place, everywhere or nowhere."""
        return everywhere(self._all, dead, lambda one: one.swap(dead, spare, by=by))

    def unswap(self, dead: str) -> tuple[str, ...]:
        """End a swap, everywhere or nowhere."""
        return everywhere(self._all, dead, lambda one: one.unswap(dead))

    def told(self, *, patient: bool = False) -> dict[str, Told]:
        """Nodes, canaries and swaps by balancer; see `rotation` for errors and `patient`."""
        said, problems = side_by_side(self._all, lambda one: one.told())
        if problems and not patient:
            raise together(problems)
        return said

    def close(self) -> None:
        """Drop the connections."""
        for one in self._all:
            one.close()

    def _spreading(self, node: str) -> tuple[list[Balancer], dict[str, Rotated]]:
        """The balancers that know a node, and what each says of it."""
        known = {name: said[node] for name, said in self.rotation().items() if node in said}
        return [one for one in self._all if one.name in known], known

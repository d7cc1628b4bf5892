"""Several balancers asked at once: what each came to, and one error of all that failed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import gevent

from infra.balancer import Balancer, BalancerError
from infra.wording import listed

T = TypeVar("T")


def side_by_side(
    balancers: Sequence[Balancer], act: Callable[[Balancer], T]
) -> tuple[dict[str, T], dict[str, BalancerError]]:
    """What each balancer came to, and the errors of the others."""

    def tried(balancer: Balancer) -> T | BalancerError:
        try:
            return act(balancer)
        except BalancerError as problem:
            return problem

    greenlets = [gevent.spawn(tried, balancer) for balancer in balancers]
    try:
        gevent.joinall(greenlets)
    finally:
        gevent.killall(greenlets, block=False)
    ended = {one.name: greenlet.get() for one, greenlet in zip(balancers, greenlets, strict=True)}
    problems = {name: end for name, end in ended.items() if isinstance(end, BalancerError)}
    return {name: end for name, end in ended.items() if name not in problems}, problems


def together(
    problems: Mapping[str, BalancerError],
    *,
    half_done: Mapping[str, BalancerError] | None = None,
    doubt: str = "",
) -> BalancerError:
    """One error of several; of the `half_done` it could not be undone, so `doubt` holds."""
    lost = half_done or {}
    sentences = [str(problem) for problem in problems.values()]
    sentences += [str(problem) for name, problem in lost.items() if name not in problems]
    sentences += [f"{listed(list(lost))} {doubt}: infra rotation tells"] if lost else []
    return BalancerError(
        "; ".join(sentences),
        refused=all(problem.refused for problem in problems.values()),
        unsure=bool(lost),
    )

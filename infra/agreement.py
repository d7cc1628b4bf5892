"""Several balancers asked at once: what each came to, and one error of all that failed."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import gevent

from infra.balancer import Balancer, BalancerError

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
    problems: Mapping[str, BalancerError], *, half_done: Mapping[str, BalancerError] | None = None
) -> BalancerError:
    """One error of several; `half_done` are those on which it could not be undone."""
    sentences = [str(problem) for problem in problems.values()]
    sentences += [
        f"it could not be undone there: {problem}" for problem in (half_done or {}).values()
    ]
    return BalancerError(
        "; ".join(sentences), refused=all(problem.refused for problem in problems.values())
    )

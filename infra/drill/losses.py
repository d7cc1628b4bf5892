"""How many requests clients lost while a node was drilled, as the balancers' logs tell.

A role that balances has a part `lost.py`: `MARK_COMMAND` prints where its logs stand,
`since_command(mark)` prints what matters of them since then, and
`parse(text, settings=…, node=…)` gives the requests lost of the pools of that node.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import ModuleType

from infra.drill.lost import Lost
from infra.role import Settings, load
from infra.session import Asked, NoAnswerError
from infra.site import Node

Connect = Callable[[Node], Asked]
_SECONDS = 60.0


def marks(balancers: Sequence[Node], *, connect: Connect) -> dict[str, str]:
    """Where the logs of each balancer stand now; one that does not answer is not there."""
    return {
        node.name: answer
        for node in balancers
        for part, _ in _parts(node)
        if (answer := _ask(node, part.MARK_COMMAND, connect=connect)) is not None
    }


def lost_since(
    found: Mapping[str, str], *, balancers: Sequence[Node], node: str, connect: Connect
) -> tuple[Lost, ...] | None:
    """Requests of a node's pools that were lost since these marks; None when that is not known."""
    lost: list[Lost] = []
    for balancer in balancers:
        for part, settings in _parts(balancer):
            mark = found.get(balancer.name)
            command = None if mark is None else part.since_command(mark)
            answer = None if command is None else _ask(balancer, command, connect=connect)
            if answer is None:
                return None
            lost += part.parse(answer, settings=settings, node=node)
    return tuple(lost) if found else None


def _parts(node: Node) -> Iterator[tuple[ModuleType, Settings]]:
    for name, settings in node.settings.items():
        part = load(name).part("lost")
        if part is not None:
            yield part, settings


def _ask(node: Node, command: str, *, connect: Connect) -> str | None:
    asked = connect(node)
    asked.open()
    try:
        answer = asked.run(command, seconds=_SECONDS)
        return answer.stdout.decode(errors="replace") if answer.status == 0 else None
    except NoAnswerError:
        return None
    finally:
        asked.close()

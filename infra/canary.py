"""A canary before it is one of all: its answers beside those of a node that serves already."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from infra.golden import Prompt
from infra.golden_asking import Reply
from infra.golden_judging import differences, shortfalls
from infra.rotation import Rotated

Ask = Callable[[str, Prompt], Reply]
"""Puts a prompt to the engine of a node of that name."""
Seen = Mapping[str, Mapping[str, Rotated]]
"""Every node's state by balancer and name."""


@dataclass(frozen=True)
class Compared:
    """One golden prompt, answered by the canary and by a node that serves already."""

    name: str
    canary: Reply
    main: Reply | None
    """None where no other node serves."""
    falls_short: tuple[str, ...]
    """What is wrong with the canary's answer, a sentence each."""
    main_falls_short: tuple[str, ...] = ()
    """What is wrong with the other's: the prompt, or main, may need mending."""

    @property
    def differences(self) -> tuple[str, ...]:
        """Lines of a diff between both answers."""
        return () if self.main is None else differences(self.main.text, self.canary.text)


def asked_of(prompts: Sequence[Prompt], *, model: str) -> tuple[Prompt, ...]:
    """The prompts that are put to nodes which serve a model."""
    return tuple(one for one in prompts if one.model in (None, model))


def main_node(
    seen: Seen, *, members: Collection[str], canary: str, spares: Collection[str] = ()
) -> str | None:
    """A node of the canary's pool that gets requests everywhere and answers; spares come last."""
    serving = [
        name
        for name in members
        if name != canary and _serves([nodes[name] for nodes in seen.values() if name in nodes])
    ]
    return min(serving, key=lambda name: name in spares, default=None)


def compare(
    prompts: Iterable[Prompt], *, canary: str, main: str | None, ask: Ask
) -> tuple[Compared, ...]:
    """Every prompt's answers, asked one after the other so that none slows another one down."""
    return tuple(_compared(one, canary=canary, main=main, ask=ask) for one in prompts)


def record(compared: Compared) -> dict[str, Any]:
    """What JSON keeps of a comparison."""
    return {**asdict(compared), "differences": compared.differences}


def _compared(prompt: Prompt, *, canary: str, main: str | None, ask: Ask) -> Compared:
    before = None if main is None else ask(main, prompt)
    new = ask(canary, prompt)
    wanted = prompt.expect
    return Compared(
        prompt.name,
        canary=new,
        main=before,
        falls_short=shortfalls(wanted, new, main=before),
        main_falls_short=() if before is None else shortfalls(wanted, before, main=before),
    )


def _serves(views: Collection[Rotated]) -> bool:
    return bool(views) and all(one.state == "in" and one.answers is not False for one in views)

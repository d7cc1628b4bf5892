"""Whether a spare completes a token, asked on every balancer by the way that requests take."""

from collections.abc import Sequence
from dataclasses import dataclass

from infra import golden_asking
from infra.golden import Expect, Message, Prompt
from infra.role import load as load_role
from infra.session import Asked, NoAnswerError
from infra.site import Node

_SECONDS = 60
"""A spare that serves already for who is gone may be at its limits: the question waits behind."""
_PROMPT = Prompt(
    name="swap",
    messages=(Message(role="user", content="Say hello."),),
    max_tokens=4,
    expect=Expect(regex="."),
)


@dataclass(frozen=True)
class Proof:
    """What came of asking: seconds to the slowest first token, or why there was none."""

    problem: str = ""
    seconds: float = 0.0


def prove(spare: Node, *, model: str, sessions: Sequence[tuple[str, Asked]]) -> Proof:
    """A few tokens of the spare's engine, asked on each of these balancers."""
    base_url = _base_url(spare)
    if base_url is None:
        return Proof("none of its roles says where its engine is asked")
    seconds = 0.0
    for name, session in sessions:
        command = golden_asking.command(_PROMPT, base_url=base_url, model=model, seconds=_SECONDS)
        try:
            answer = session.run(command, seconds=_SECONDS + 15)
        except NoAnswerError as problem:
            return Proof(f"{name}: {problem}")
        reply = golden_asking.parse(answer.stdout.decode(errors="replace"))
        if reply.problem and not reply.tokens:  # a few tokens may all be thoughts
            return Proof(f"asked on {name}: {reply.problem}")
        seconds = max(seconds, reply.first_token_seconds or 0.0)
    return Proof(seconds=seconds)


def _base_url(node: Node) -> str | None:
    for role, settings in node.settings.items():
        part = load_role(role).part("asking")
        if part is not None:
            return str(part.base_url(settings))
    return None

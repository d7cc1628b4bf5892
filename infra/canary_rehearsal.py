"""A canary's rehearsal: golden prompts put to it and to another node, from a balancer."""

from collections.abc import Sequence
from functools import partial

from infra import canary as canaries
from infra import golden_asking, report_canary
from infra.balancers import BalancerError
from infra.canary import Compared
from infra.cli_desk import Desk
from infra.golden import Prompt
from infra.golden_asking import Reply
from infra.role import load as load_role
from infra.session import NoAnswerError, Session

_MOST_SECONDS = 120
"""Longest answer to a golden prompt."""


def rehearsed(at: Desk, node: str, prompts: Sequence[Prompt]) -> tuple[Compared, ...]:
    """What a canary and a node that serves already answer to the prompts; printed as well."""
    model = next(model for model, members in at.pools.items() if node in members)
    asked = canaries.asked_of(prompts, model=model)
    if not asked:
        return ()
    main = canaries.main_node(
        at.balancers.rotation(probe=True),
        members=at.pools[model],
        canary=node,
        spares=[one.name for one in at.site.nodes if one.spare],
    )
    session = Session(at.balancers.nodes[0])
    session.open()
    try:
        ask = partial(_ask, at, session, model)
        with at.out.status(f"{len(asked)} golden prompts are asked …"):
            found = canaries.compare(asked, canary=node, main=main, ask=ask)
    finally:
        session.close()
    for line in report_canary.answers(found, canary=node, main=main):
        at.out.print(line)
    at.out.print("")
    return found


def _ask(at: Desk, session: Session, model: str, node: str, prompt: Prompt) -> Reply:
    """The reply of a node's engine, asked on a balancer, past nginx."""
    command = golden_asking.command(
        prompt, base_url=_base_url(at, node), model=model, seconds=_MOST_SECONDS
    )
    try:
        answer = session.run(command, seconds=_MOST_SECONDS + 15)
    except NoAnswerError as problem:
        raise BalancerError(
            f"{session.node.name}: {problem}; look at that host, then again"
        ) from None
    return golden_asking.parse(answer.stdout.decode(errors="replace"))


def _base_url(at: Desk, node: str) -> str:
    [found] = [one for one in at.site.nodes if one.name == node]
    for name, settings in found.settings.items():
        part = load_role(name).part("asking")
        if part is not None:
            return str(part.base_url(settings))
    raise BalancerError(f"{node}: none of its roles says where its engine is asked")

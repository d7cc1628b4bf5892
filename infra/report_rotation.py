"""What people read of rotation: a table of nodes, what holds each, where balancers disagree."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from rich.console import JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from infra.hanging import Hanging
from infra.report_matrix import heads_of
from infra.rotation import OPERATOR, Hold, Rotated, State, agree, holds_of
from infra.wording import counted, listed

Seen = Mapping[str, Mapping[str, Rotated]]
"""Nodes by balancer and name."""

_WORST: tuple[State, ...] = ("draining", "out", "in")
_JUSTIFIED: tuple[JustifyMethod, ...] = ("left", "left", "right")
_SIGN: dict[State, str] = {"in": "✓", "draining": "–", "out": "–"}


def by_node(seen: Seen) -> dict[str, dict[str, Rotated]]:
    """The same by node and balancer, in the order in which balancers name them."""
    names = dict.fromkeys(name for nodes in seen.values() for name in nodes)
    return {
        name: {balancer: nodes[name] for balancer, nodes in seen.items() if name in nodes}
        for name in names
    }


def strays(seen: Seen, *, pools: Mapping[str, Sequence[str]]) -> dict[str, tuple[Hold, ...]]:
    """What holds nodes to which neither the inventory nor a balancer knows any pool, by name."""
    served = {name for members in pools.values() for name in members}
    return {
        name: holds_of(said.values())
        for name, said in by_node(seen).items()
        if name not in served and not any(one.pools for one in said.values())
    }


def members(seen: Seen, *, pools: Mapping[str, Sequence[str]]) -> Seen:
    """The same without strays."""
    left_over = strays(seen, pools=pools)
    return {
        balancer: {name: one for name, one in nodes.items() if name not in left_over}
        for balancer, nodes in seen.items()
    }


def disagreements(seen: Seen) -> dict[str, dict[str, Rotated]]:
    """The nodes of which balancers do not say the same, or which some do not know."""
    return {
        node: said
        for node, said in by_node(seen).items()
        if len(said) < len(seen) or not agree(said.values())
    }


def summary(
    seen: Seen, *, inventory: Path, pools: Mapping[str, Sequence[str]], now: datetime
) -> Iterator[RenderableType]:
    """What to print of a site's rotation, in order."""
    left_over, seen = strays(seen, pools=pools), members(seen, pools=pools)
    nodes = by_node(seen)
    if nodes:
        yield table(nodes)
        yield ""
    held = {node: holds_of(said.values()) for node, said in nodes.items()}
    for node, holds in held.items():
        yield from (Hanging(Text(f"{node}: {held_by(hold, now=now)}"), first="") for hold in holds)
    yield from _left_over(left_over, inventory=inventory, now=now)
    differing = disagreements(seen)
    for node, said in differing.items():
        yield from _disagreement(node, said, seen, inventory=inventory)
    if any(held.values()) or left_over or differing:
        yield ""
    for model, names in pools.items():
        yield _pool(model, [nodes.get(node, {}).values() for node in names])


def _left_over(
    left_over: Mapping[str, Sequence[Hold]], *, inventory: Path, now: datetime
) -> Iterator[RenderableType]:
    for node, holds in left_over.items():
        for hold in holds:
            told = f"{node}, no node of this inventory: {held_by(hold, now=now)}"
            yield Hanging(Text(told), first="")
        if any(hold.owner == OPERATOR for hold in holds):
            yield Hanging(Text(f"Let it go: infra undrain {inventory} {node}", "dim"))


def table(nodes: Mapping[str, Mapping[str, Rotated]]) -> Table:
    """A line a node: its state, whether its engine answers, requests from each balancer."""
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    heads = heads_of(["node", "state", "answers", "in\nflight"])
    made.add_column("", width=0)
    made.add_column(heads[0], overflow="fold")
    for head, justify in zip(heads[1:], _JUSTIFIED, strict=True):
        made.add_column(head, no_wrap=True, justify=justify)
    for node, said in nodes.items():
        flying = " + ".join(str(one.in_flight) for one in said.values())
        made.add_row("", node, _state(said.values()), _answers(said.values()), flying)
    return made


def held_by(hold: Hold, *, now: datetime) -> str:
    """A hold in words: `held by operator for 3 min: new fan (mara@laptop)`."""
    return f"held by {hold.owner} {_for(hold.since, now=now)}: {hold.reason} ({hold.by})"


def age(since: str, *, now: datetime) -> str | None:
    """How long ago that was, in words; None when it is no time, or not in the past."""
    try:
        seconds = (now - datetime.fromisoformat(since.replace("Z", "+00:00"))).total_seconds()
    except (ValueError, TypeError):
        return None
    for length, unit in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if seconds >= 2 * length or (length == 1 and seconds >= 0):
            return f"{int(seconds // length)} {unit}"
    return None


def _for(since: str, *, now: datetime) -> str:
    found = age(since, now=now)
    return f"since {since}" if found is None else f"for {found}"


def _state(said: Collection[Rotated]) -> Text:
    if not agree(said):
        return Text("✗ differs", "bold red")
    state = next(state for state in _WORST if any(_word(one) == state for one in said))
    if state == "in" and any(one.spare for one in said):
        return Text("✓ in, spare", "green")
    return Text(f"{_SIGN[state]} {state}", "green" if state == "in" else "yellow")


def _word(one: Rotated) -> State:
    """Who was held without a drain is `draining` to its balancer until somebody settles it."""
    return "out" if one.state == "draining" and not one.in_flight else one.state


def _answers(said: Collection[Rotated]) -> Text:
    answers = {one.answers for one in said}
    if False in answers:
        return Text("✗ partly" if True in answers else "✗ no", "bold red")
    return Text("✓ yes", "green") if True in answers else Text("–", "dim")


def _disagreement(
    node: str, said: Mapping[str, Rotated], seen: Seen, *, inventory: Path
) -> Iterator[RenderableType]:
    title = Text("✗", "bold red").append(f" {node} · balancers disagree", "bold default")
    yield Hanging(title, first="")
    yield Hanging(Text("; ".join(_view(name, said.get(name)) for name in seen)))
    yield Hanging(Text(f"Make them agree: {_remedy(node, said, seen, inventory=inventory)}", "dim"))


def _remedy(node: str, said: Mapping[str, Rotated], seen: Seen, *, inventory: Path) -> str:
    """Holds of a person are put and lifted by hand; what else differs is a deploy's to mend."""
    owners = [hold.owner for one in said.values() for hold in one.holds]
    differing = {owner for owner in owners if owners.count(owner) < len(said)}
    if len(said) < len(seen) or differing != {OPERATOR}:
        return f"infra deploy {inventory}"
    return f"infra drain {inventory} {node}, or infra undrain"


def _view(balancer: str, one: Rotated | None) -> str:
    if one is None:
        return f"{balancer} does not know it"
    owners = listed(sorted(hold.owner for hold in one.holds))
    return f"{balancer}: {one.state}{f' (held by {owners})' if owners else ''}"


def _pool(model: str, members: Sequence[Collection[Rotated]]) -> Hanging:
    spares = [said for said in members if any(one.spare for one in said)]
    mains = [said for said in members if said not in spares]
    serving, standing = _count_in(mains), _count_in(spares)
    whole, none = serving == len(mains), not serving + standing
    sign = Text("✗", "bold red") if none else Text("✓" if whole else "–", "green")
    verb = "is" if len(mains) == 1 else "are"
    text = f" {model}: {serving} of {counted(len(mains), 'node')} {verb} in rotation"
    text += f", and {standing} of {counted(len(spares), 'spare')}" if spares else ""
    text += "; its requests fail" if none else ""
    return Hanging(sign.append(f"{text}.", "bold default"), first="")


def _count_in(members: Sequence[Collection[Rotated]]) -> int:
    return sum(bool(said) and all(one.state == "in" for one in said) for said in members)

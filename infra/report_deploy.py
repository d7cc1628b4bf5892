"""What people read of a deploy: what it came to in one line, a table, and every failure."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from infra.fleet import Deployed
from infra.hanging import Hanging
from infra.ledger import Ledger
from infra.outcome import NodeOutcome
from infra.report_matrix import heads_of
from infra.report_plan import differences, plan
from infra.site import Node, Site
from infra.walk import Options
from infra.wording import counted, duration, listed, simulated_hardware


def summary(
    site: Site,
    nodes: Sequence[Node],
    deployed: Deployed,
    *,
    ledger: Ledger,
    options: Options,
) -> Iterator[RenderableType]:
    """What to print of a deploy (or of its plan), in order."""
    outcomes = deployed.nodes
    failed = [outcome for outcome in outcomes if outcome.status != "ok"]
    if options.dry_run:
        seconds, serving = ledger.seconds, deployed.serving
        yield from plan(outcomes, inventory=ledger.inventory, seconds=seconds, serving=serving)
    else:
        yield from _done(outcomes)
    if not failed and not options.dry_run:
        subject = _subject(site, nodes, roles=options.roles)
        yield _good(subject, outcomes, seconds=ledger.seconds)
    for outcome in failed:
        yield from failure(outcome)
    if failed:
        yield from _afterwards(outcomes, inventory=ledger.inventory, dry_run=options.dry_run)
        yield Hanging(Text(f"Every command and its output: {_short(ledger.log_path)}", "dim"))
    simulated = simulated_hardware(nodes)
    if simulated is not None:
        yield Hanging(Text(simulated, "dim"))


def _done(outcomes: Sequence[NodeOutcome]) -> Iterator[RenderableType]:
    """What was changed, file by file where that was asked for, and what else there is to say."""
    if any(outcome.changed or outcome.status != "ok" for outcome in outcomes):
        yield table(outcomes)
        yield ""
    for outcome in outcomes:
        yield from differences(outcome.differences)
        if outcome.status == "ok":
            yield from (Hanging(Text(remark)) for remark in outcome.remarks)


def table(outcomes: Sequence[NodeOutcome]) -> Table:
    """A line a node: what changed, how long it took and how many round trips."""
    made = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    made.add_column("", width=0)
    heads = heads_of(["node", "roles", "changed", "as\npromised", "seconds", "round\ntrips"])
    for head in heads[:2]:
        made.add_column(head, no_wrap=True)
    for head in heads[2:]:
        made.add_column(head, justify="right", no_wrap=True)
    made.add_column("")
    for outcome in outcomes:
        made.add_row(
            "",
            outcome.node,
            counted(len(outcome.roles), "role"),
            str(outcome.changed),
            str(outcome.unchanged),
            f"{outcome.seconds:.1f}",
            str(outcome.round_trips),
            _remark(outcome),
        )
    return made


def failure(outcome: NodeOutcome) -> Iterator[RenderableType]:
    """Where a node stopped and what was said, a line each."""
    where, error = _place(outcome)
    title = Text("✗", "bold red").append(f" {' · '.join((outcome.node, *where))}", "bold default")
    yield Hanging(title, first="")
    for line in error.replace(" / ", "\n").splitlines():
        yield Hanging(Text(line.rstrip()))
    for remark in outcome.remarks:
        yield Hanging(Text(remark))


def _place(outcome: NodeOutcome) -> tuple[tuple[str, ...], str]:
    """Role and operation at which it stopped, and the error without them."""
    stopped = next((role for role in outcome.roles if role.error is not None), None)
    if stopped is None or stopped.error is None:
        return (outcome.status,), outcome.error or "no reason was given"
    failed = next((done.name for done in stopped.operations if not done.ok), None)
    if failed is None:
        return (stopped.role,), stopped.error
    return (stopped.role, failed), stopped.error.removeprefix(f"{failed}: ")


_WORDS = {"ok": ("", ""), "skipped": ("– left as it is ", "yellow")}


def _remark(outcome: NodeOutcome) -> Text:
    remark = Text(*_WORDS.get(outcome.status, (f"✗ {outcome.status} ", "bold red")))
    if outcome.rebooted:
        times = {1: "once", 2: "twice"}.get(len(outcome.rebooted), f"{len(outcome.rebooted)} times")
        why = "; ".join(dict.fromkeys(outcome.rebooted))
        remark.append(f"rebooted {times} ({why})", "default")
    return remark


def _subject(site: Site, nodes: Sequence[Node], *, roles: Sequence[str]) -> str:
    """What the verdict may speak of: the site, or only the nodes and roles that were deployed."""
    whole = len(nodes) == len(site.nodes)
    where = site.name if whole else listed([node.name for node in nodes])
    if roles:
        return f"{listed(roles)} on {where} {'is' if len(roles) == 1 else 'are'}"
    return f"{where} {'is' if whole or len(nodes) == 1 else 'are'}"


def _good(subject: str, outcomes: Sequence[NodeOutcome], *, seconds: float) -> Hanging:
    nodes = counted(len(outcomes), "node")
    idle = "" if any(outcome.changed for outcome in outcomes) else "Nothing changed on "
    text = f" {subject} as promised. {idle}{nodes} in {duration(seconds)}."
    return Hanging(Text("✓", "bold green").append(text, "bold default"), first="")


def _afterwards(
    outcomes: Sequence[NodeOutcome], *, inventory: Path, dry_run: bool
) -> Iterator[RenderableType]:
    good = [outcome.node for outcome in outcomes if outcome.status == "ok"]
    if good and not dry_run:
        yield Hanging(Text(f"{listed(good)} {'is' if len(good) == 1 else 'are'} as promised."))
    if not dry_run:
        yield Hanging(Text(f"Go on with: infra deploy {inventory} --limit @failed"))


def _short(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)

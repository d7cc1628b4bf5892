"""`infra gate`: let nodes that pass their checks back into rotation."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

import click

from infra import comeback, compliance, gate_pass, gate_report
from infra.cli import FAILED, OK, UNPROVEN
from infra.cli_deploy import Run
from infra.cli_desk import Desk, desk
from infra.cli_options import basic, chosen_nodes, refuse_missing_secrets, taking, write_json
from infra.gate import Gate
from infra.gate_pass import Passed
from infra.holder import me
from infra.ledger import Ledger
from infra.outcome import NodeOutcome
from infra.progress import told
from infra.site import Node
from infra.verdict import Report
from infra.walk import Options
from infra.wire import Exchange
from infra.wording import counted

_QUIET = {"yes": True, "max_unavailable": None, "ignore_windows": False}
"""What is said about disruptions of nodes that serve nobody."""


@click.command()
@basic
@taking(
    click.option("--limit", multiple=True, help="Node, group, or glob; else every node."),
    click.option(
        "--deploy/--no-deploy",
        default=True,
        show_default=True,
        help="Deploy those that only lack proofs, which end with a boot.",
    ),
)
def gate(inventory: Path, limit: Sequence[str], deploy: bool, **given: Any) -> None:  # noqa: ANN401
    """Let nodes that pass their checks back into rotation.

    A node that booted anew, or did not pass, is kept out by its gate: those are checked.
    """
    with desk(inventory, command="rotation", given=given) as at:
        chosen = chosen_nodes(at.site, limit)
        holds = gate_pass.held_out(at.balancers.rotation(), among=chosen)
        nodes = [node for node in chosen if node.name in holds]
        if not nodes:
            at.end(gate_report.nobody(), code=OK, nodes=[])
        refuse_missing_secrets(at.site, nodes)
        ledger = Ledger(inventory=inventory, command="gate")
        gates: dict[str, Gate] = {}
        report = _checked(at, nodes, gates=gates, ledger=ledger, given=given)
        passed = gate_pass.judged(nodes, report.verdicts, gates=gates, today=date.today())
        wanting = gate_pass.to_deploy(
            nodes,
            report.verdicts,
            gates=gates,
            holds=holds,
            today=date.today(),
            now=datetime.now(timezone.utc),
        )
        if deploy and wanting:
            passed |= _deployed(at, wanting, ledger=ledger, given=given)
        _end(at, [_let_in(at, one) for one in passed.values()], ledger=ledger, report=report)


def _checked(
    at: Desk,
    nodes: Sequence[Node],
    *,
    gates: dict[str, Gate],
    ledger: Ledger,
    given: Mapping[str, Any],
) -> Report:
    """The report on nodes that are kept out; what their gates came to is put into `gates`."""

    def listen(node: str, exchange: Exchange) -> None:
        for line in told(node, exchange):
            ledger.log(line)
            if at.verbose:
                at.out.print(line, markup=False)

    with at.out.status(f"Checking {counted(len(nodes), 'node')} kept out by the gate …"):
        return compliance.run(
            nodes,
            inventory=at.inventory,
            holder=me(f"infra gate {at.inventory}"),
            accept_new=given["accept_new_host_keys"],
            on_gate=gates.__setitem__,
            listen=listen,
        )


def _deployed(
    at: Desk, nodes: Sequence[Node], *, ledger: Ledger, given: Mapping[str, Any]
) -> dict[str, Passed]:
    """What became of nodes that were deployed for their proofs, each judged before it came in."""
    options = Options(accept_new_host_keys=given["accept_new_host_keys"])
    run = Run(at.site, nodes, options, ledger, at.out, verbose=at.verbose, said=dict(_QUIET))
    done = run.deployed()
    if done.held:
        return {
            node.name: Passed(node.name, open=False, why="; ".join(done.held)) for node in nodes
        }
    return {outcome.node: _outcome(outcome) for outcome in done.nodes}


def _outcome(outcome: NodeOutcome) -> Passed:
    ok = outcome.status == "ok"
    why = "its checks passed" if ok else str(outcome.error)
    return Passed(outcome.node, open=ok, why=why, failed=not ok, deployed=True)


def _let_in(at: Desk, one: Passed) -> Passed:
    return replace(one, held=comeback.opened(at.balancers, one.node)) if one.open else one


def _end(at: Desk, passed: Sequence[Passed], *, ledger: Ledger, report: Report) -> NoReturn:
    for line in gate_report.summary(passed, inventory=at.inventory, remarks=report.remarks):
        at.out.print(line)
    content = ledger.close(nodes=[asdict(one) for one in passed], remarks=list(report.remarks))
    write_json(content, at.json_file)
    raise SystemExit(_code(passed))


def _code(passed: Sequence[Passed]) -> int:
    if any(one.failed for one in passed):
        return FAILED
    return OK if all(one.open for one in passed) else UNPROVEN

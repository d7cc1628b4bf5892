"""What a person says about disruptions on the command line, and the wave that heeds it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import click
from rich.console import Console

from infra import balancers, consent
from infra.balancers import Balancers
from infra.cli_options import taking
from infra.holder import Holder
from infra.permit import Permit
from infra.progress import Lines
from infra.progress_plain import Plain
from infra.role import load
from infra.site import Node, Site
from infra.wave import Moment, Wave
from infra.wire import Exchange

disrupting = taking(
    click.option("-y", "--yes", is_flag=True, help="Disrupt nodes that serve without asking."),
    click.option(
        "--max-unavailable",
        metavar="N",
        type=click.IntRange(1),
        help="How many nodes of a pool may be out at once; else what the balancer's setting says.",
    ),
    click.option("--ignore-windows", is_flag=True, help="Disrupt outside maintenance windows too."),
)
"""The options of a command that may take nodes out of rotation."""


def wave(
    site: Site,
    nodes: Sequence[Node],
    *,
    out: Console,
    shown: Lines | Plain,
    said: dict[str, Any],
    holder: Holder,
    accept_new: bool,
    hear: Callable[[str, Exchange], None],
    note: Callable[[str, str], None],
) -> Wave:
    """The wave of a deploy of these nodes; `said` holds what `disrupting` read."""
    policy = balancers.policy(site)
    if said["max_unavailable"] is not None:
        policy = replace(policy, max_unavailable=said["max_unavailable"])
    asks = out.is_terminal and not said["yes"]
    question = consent.Asked(out, paused=shown.paused, most=policy.max_unavailable)
    return Wave(
        pools=pools(site),
        balancers=Balancers(balancers.of(site), accept_new=accept_new, listen=hear),
        balancing=tuple(node.name for node in balancers.of(site)),
        by=f"{holder.user}@{holder.host}",
        at_work={node.name for node in nodes},
        permit=Permit(
            policy,
            question if asks else consent.granted,
            ignore_windows=said["ignore_windows"],
        ),
        listen=partial(_heard, note),
    )


def pools(site: Site) -> dict[str, tuple[str, ...]]:
    """Names of the nodes by the model that they serve, whether or not a balancer knows them.

    The balancers are a pool too: they are disrupted in turn as well.
    """
    found = {**balancers.pools(site), "balancers": tuple(n.name for n in balancers.of(site))}
    for node in site.nodes:
        for role, settings in node.settings.items():
            part = load(role).part("serving")
            if part is not None:
                model = part.pool(settings)
                found[model] = tuple(dict.fromkeys((*found.get(model, ()), node.name)))
    return found


def _heard(note: Callable[[str, str], None], moment: Moment) -> None:
    note(moment.node, moment.what)

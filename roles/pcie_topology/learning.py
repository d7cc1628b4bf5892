"""`infra topology learn`: reads a node's GPUs and writes them into the hardware manifest."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from infra.cli import FAILED, OK
from infra.cli_options import basic, console, ready_site, stop, write_json
from infra.files import write_atomic
from infra.site import Node, Site
from roles.pcie_topology import lanes, manifest, places, reading
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Tree

_SECONDS = 120.0


@click.command("learn")
@basic
@click.argument("node", metavar="NODE")
@click.option("--force", is_flag=True, help="Learn a host with fewer GPUs than it had, or none.")
def learn(
    inventory: Path,
    node: str,
    force: bool,
    json_file: str | None,
    accept_new_host_keys: bool,
    verbose: bool,
) -> None:
    """Write what a node has into the manifest beside the inventory; the node is only read."""
    out = console(json_file)
    site = ready_site(inventory, quiet=json_file == "-")
    chosen = _chosen(site, node)
    known, before = _known(site, node)
    lines = _asked(chosen, accept_new=accept_new_host_keys)
    if verbose:
        out.print("\n".join(lines), markup=False)
    tree = reading.parse(lines)
    now = manifest.learned(tree, day=date.today().isoformat())
    refused = None if force else refusal(now, before=before)
    said = [*changes(tree, before=before), *notes(tree)]
    if refused is None:
        write_atomic(manifest.path_of(site.file), manifest.text(known, node=node, manifest=now))
    write_json(as_json(now, node=node, said=said, refused=refused), json_file)
    if refused is not None:
        click.echo(f"{node}: {refused}", err=True)
        sys.exit(FAILED)
    _tell(out, site=site, node=node, now=now, said=said)
    sys.exit(OK)


def _chosen(site: Site, name: str) -> Node:
    """The node of that name; leaves with exit code 2 when the inventory has none."""
    for node in site.nodes:
        if node.name == name:
            return node
    known = ", ".join(node.name for node in site.nodes)
    stop(f"{name}: no such node in {site.file}; it has {known}")


def _known(site: Site, node: str) -> tuple[dict[str, Any], Manifest | None]:
    """The manifest as it is, and what it has of a node; leaves with exit code 2 when broken."""
    try:
        return manifest.read(site.file), manifest.of(site.file, node)
    except manifest.ManifestError as wrong:
        stop(str(wrong))


def _tell(out: Console, *, site: Site, node: str, now: Manifest, said: Sequence[str]) -> None:
    out.print(table(now, node=node))
    for line in said:
        out.print(f"  {line}", markup=False)
    path = manifest.path_of(site.file)
    out.print(f"Wrote {path}: {node} has {len(now.gpus)} GPUs.", markup=False)


def _asked(node: Node, *, accept_new: bool) -> list[str]:
    """The host's answer; leaves with exit code 1 when there is none."""
    from infra.session import NoAnswerError, Session

    session = Session(node, accept_new=accept_new)
    session.open()
    try:
        answer = session.run(reading.WHOLE, seconds=_SECONDS)
        return answer.stdout.decode(errors="replace").splitlines()
    except NoAnswerError as problem:
        click.echo(f"{node.name}: {problem}", err=True)
        sys.exit(FAILED)
    finally:
        session.close()


def refusal(now: Manifest, *, before: Manifest | None) -> str | None:
    """Why a host is not learned as it is; None when it may be."""
    if not now.gpus:
        return "the PCI bus shows no NVIDIA GPU; nothing was written (--force learns it so)"
    had = len(before.gpus) if before is not None else 0
    if len(now.gpus) < had:
        return (
            f"the PCI bus shows {len(now.gpus)} GPUs, the manifest has {had}; nothing was written: "
            "put the missing ones back, or learn it so with --force"
        )
    return None


def changes(tree: Tree, *, before: Manifest | None) -> list[str]:
    """Sentences on how a host differs from what was learned of it before."""
    if before is None:
        return []
    gone = places.missing(tree, manifest=before, count=None)
    return [f"changed: {one}" for one in (*gone, *places.moved(tree, manifest=before))] + [
        f"changed: {one}"
        for one in (
            *lanes.narrow(tree, given={}, manifest=before),
            *lanes.slow(tree, given={}, manifest=before),
        )
    ]


def notes(tree: Tree) -> list[str]:
    """Sentences on what a person should know before this becomes the promise."""
    narrow = lanes.narrow(tree, given={}, manifest=None)
    mute = [one for one in tree.gpus if one.driver is None]
    told = ["no driver answers: UUIDs were not learned; learn again after the deploy"]
    return [*(f"✗ {one}" for one in narrow), *lanes.remarks(tree), *(told if mute else [])]


def as_json(now: Manifest, *, node: str, said: list[str], refused: str | None) -> dict[str, Any]:
    """What was learned, for machines."""
    return {
        "node": node,
        "learned": now.learned,
        "gpus": [asdict(gpu) for gpu in now.gpus],
        "said": said,
        "written": refused is None,
        "refused": refused,
    }


def table(now: Manifest, *, node: str) -> Table:
    """What was learned, for people: a row a GPU."""
    made = Table(title=f"{node}, {now.learned}", title_justify="left", box=None)
    for heading in ("GPU", "card", "slot", "lanes", "NUMA", "BAR1", "UUID", "path"):
        made.add_column(heading, overflow="fold")
    for gpu in now.gpus:
        made.add_row(*_row(gpu))
    return made


def _row(gpu: PromisedGpu) -> tuple[str, ...]:
    lanes_told = f"Gen{gpu.gen} x{gpu.width}" if gpu.width else "–"
    return (
        gpu.bdf,
        gpu.card,
        gpu.slot or "–",
        lanes_told,
        str(gpu.numa) if gpu.numa >= 0 else "–",
        f"{gpu.bar1_mib} MiB",
        gpu.uuid or "–",
        " ".join(gpu.path[:-1]) or "hidden",
    )

"""Site: every node of an inventory, its roles in order, their validated settings."""

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from infra import lock, promise
from infra.inventory import HostEntry, read
from infra.lab.spec import LabEntry
from infra.mistakes import Mistake, SiteError
from infra.role import Settings
from infra.role import load as load_role
from infra.waivers import Waiver


@dataclass(frozen=True)
class Node:
    """One host of an inventory and what it is promised."""

    name: str
    group: str
    """The first deploy that claims it."""
    address: str
    """Where SSH finds it: `ssh_hostname`, or its name."""
    settings: Mapping[str, Settings]
    """Validated settings by role, in the order in which the roles run."""
    connection: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What pyinfra's SSH connector is given: `ssh_*` and `_sudo*`."""
    groups: tuple[str, ...] = ()
    """Every group of the inventory that it is in."""
    lab: LabEntry | None = None
    """What the lab is asked to start; None for a host that is there already."""
    waivers: tuple[Waiver, ...] = ()
    """Its promises that may be broken for a while."""

    @property
    def spare(self) -> bool:
        """Whether it stands by: provisioned like the others, and served from when they are full."""
        return bool(getattr(importlib.import_module(f"deploys.{self.group}"), "STANDS_BY", False))


@dataclass(frozen=True)
class Site:
    """An inventory: its nodes in the order of its file."""

    name: str
    file: Path
    nodes: tuple[Node, ...]
    pending: bool = False
    """Whether values wait for a lock that the lab writes when it is up."""

    def offering(self, role: str) -> tuple[Node, ...]:
        """The nodes that have a role, in the inventory's order."""
        return tuple(node for node in self.nodes if role in node.settings)

    @property
    def in_lab(self) -> bool:
        """Whether the lab is asked to start any of its hosts."""
        return any(node.lab is not None for node in self.nodes)


def load(path: Path, *, allow_unlocked: bool = False) -> Site:
    """The Site of an inventory file; SiteError with every mistake at once.

    With `allow_unlocked` a lab's inventory may refer to a lock that is not written yet; the site
    is then `pending` and its settings incomplete.
    """
    entries = read(path, deploys=promise.deploy_names())
    locked = lock.read(path) or {}
    promises = [promise.of(entry, file=path, lock=locked) for entry in entries]
    found = [mistake for made in promises for mistake in made.mistakes]
    found += _shared_addresses(promises, file=path)
    site = Site(name=path.stem, file=path, nodes=_nodes(entries, promises))
    whole = _completed(_judged(site, promises, found))
    found += _across_site(whole, promises)
    unlocked = [mistake for made in promises for mistake in made.unlocked]
    pending = bool(unlocked) and allow_unlocked and any(made.in_lab for made in promises)
    found += [] if pending else unlocked
    if found:
        order = {entry.name: number for number, entry in enumerate(entries)}
        raise SiteError(sorted(found, key=lambda mistake: order[mistake.host]))
    return replace(site, pending=True) if pending else whole


def _nodes(entries: Iterable[HostEntry], promises: Iterable[promise.Promise]) -> tuple[Node, ...]:
    return tuple(_node(entry, made) for entry, made in zip(entries, promises, strict=True))


def _node(entry: HostEntry, made: promise.Promise) -> Node:
    return Node(
        name=entry.name,
        group=made.deploys[0],
        address=made.address,
        settings=made.settings,
        connection=made.connection,
        groups=entry.groups,
        lab=made.lab,
        waivers=made.waivers,
    )


def _judged(site: Site, promises: Iterable[promise.Promise], found: Iterable[Mistake]) -> Site:
    """The site with stand-ins for what is not known, and without what cannot be guessed."""
    astray = {mistake.host for mistake in found if mistake.key == "ssh_hostname"}
    nodes = tuple(
        replace(node, settings={} if node.name in astray else _known(made))
        for node, made in zip(site.nodes, promises, strict=True)
    )
    return replace(site, nodes=nodes)


def _known(made: promise.Promise) -> dict[str, Settings]:
    both = {**made.settings, **made.stood_in}
    return {role: both[role] for role in made.roles if role in both}


def _completed(site: Site) -> Site:
    """The site with what each role takes from other hosts and roles filled in."""
    for _ in range(2):  # a role may take what another role took from a third
        site = replace(site, nodes=tuple(_resolved(node, site) for node in site.nodes))
    return site


def _across_site(site: Site, promises: Sequence[promise.Promise]) -> Iterator[Mistake]:
    """What does not fit together, as far as roles can tell that know what they build on.

    A mistake without a key says that a role or node is missing, and one that has mistakes is not.
    """
    promised = {role for made in promises for role in made.roles}
    unknown = any(not site.offering(role) for role in promised)
    for node, made in zip(site.nodes, promises, strict=True):
        judged = _grounded(node, made)
        told = {mistake.key for mistake in (*made.mistakes, *made.unlocked)}
        for mistake in of_roles("mistakes", node, site, judged=judged):
            if mistake.key not in told and not (unknown and mistake.key in judged):
                yield mistake


def _grounded(node: Node, made: promise.Promise) -> dict[str, Settings]:
    """Settings of a node's roles up to the first that is not known: the later build on it."""
    known = takewhile(node.settings.__contains__, made.roles)
    return {role: node.settings[role] for role in known}


def _resolved(node: Node, site: Site) -> Node:
    settings = dict(node.settings)
    for role in settings:
        across = load_role(role).part("across")
        if across is not None and hasattr(across, "resolve"):
            current = replace(node, settings=settings)
            settings[role] = across.resolve(settings[role], node=current, site=site)
    return replace(node, settings=settings)


def of_roles(
    part: str, node: Node, site: Site, *, judged: Mapping[str, Settings]
) -> Iterator[Mistake]:
    """What the roles' across.py say of a node: `mistakes`, or another function of that kind."""
    for role, settings in judged.items():
        found = getattr(load_role(role).part("across"), part, None)
        for key, sentence in found(settings, node=node, site=site) if found is not None else ():
            where = f"{role}.{key}" if key else role
            yield Mistake(file=str(site.file), host=node.name, key=where, sentence=sentence)


def _shared_addresses(promises: Iterable[promise.Promise], *, file: Path) -> list[Mistake]:
    first: dict[tuple[str, str], str] = {}
    found = []
    for made in promises:
        place = (made.address, str(made.connection.get("ssh_port", 22)))
        other = first.setdefault(place, made.host)
        if other != made.host:
            text = f"{made.address} is the address of {other} too; give each host its own"
            found.append(Mistake(file=str(file), host=made.host, key="ssh_hostname", sentence=text))
    return found

"""Which nodes of a site a command is for."""

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from infra.mistakes import nearest
from infra.role import names
from infra.site import Node, Site

FAILED = "@failed"


class TargetError(Exception):
    """A limit or role that names nothing, in a sentence with what to do."""


def limited(site: Site, limits: Sequence[str], *, failed: Collection[str]) -> tuple[Node, ...]:
    """Nodes that any of the limits names (node, group, glob, `@failed`); all without limits.

    `failed` are the nodes that did not end well in the last deploy.
    """
    if not limits:
        return site.nodes
    wanted = {node.name for limit in limits for node in _named(site, limit, failed=failed)}
    return tuple(node for node in site.nodes if node.name in wanted)


def _named(site: Site, limit: str, *, failed: Collection[str]) -> tuple[Node, ...]:
    if limit == FAILED:
        found = tuple(node for node in site.nodes if node.name in failed)
        if not found:
            raise TargetError("@failed: of the last deploy no node is known that failed")
        return found
    found = tuple(
        node
        for node in site.nodes
        if limit in node.groups or limit == node.group or fnmatchcase(node.name, limit)
    )
    if not found:
        known = {node.name for node in site.nodes} | {g for n in site.nodes for g in n.groups}
        raise TargetError(f"--limit {limit}: no such node or group{nearest(limit, known)}")
    return found


def chosen_roles(roles: Sequence[str], nodes: Sequence[Node]) -> tuple[str, ...]:
    """The roles asked for, each known and present on some node."""
    present = {role for node in nodes for role in node.settings}
    for role in roles:
        if role not in names():
            raise TargetError(f"--role {role}: no such role{nearest(role, names())}")
        if role not in present:
            raise TargetError(f"--role {role}: none of these nodes has it")
    return tuple(roles)

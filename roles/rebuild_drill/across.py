"""What a drill's record is judged by that the rest of the inventory says."""

from collections.abc import Iterator

from infra.site import Node, Site
from roles.rebuild_drill.settings import RebuildDrillSettings


def resolve(settings: RebuildDrillSettings, *, node: Node, site: Site) -> RebuildDrillSettings:
    """The settings, knowing whether the node's hardware is simulated."""
    return settings.model_copy(update={"simulated": node.lab is not None})


def mistakes(
    settings: RebuildDrillSettings, *, node: Node, site: Site
) -> Iterator[tuple[str, str]]:
    """A policy that cannot be met: nothing says how the node is wiped."""
    if settings.has_policy and settings.hooks is None and node.lab is None:
        yield "hooks", "there is a policy, but nothing to drill with; name the programs"

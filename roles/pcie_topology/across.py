"""What the hardware manifest beside the inventory says of a node."""

from infra.site import Node, Site
from roles.pcie_topology import manifest
from roles.pcie_topology.settings import PcieTopologySettings


def resolve(settings: PcieTopologySettings, *, node: Node, site: Site) -> PcieTopologySettings:
    """The settings with the node's manifest filled in; a broken one is left out, and a mistake."""
    try:
        found = manifest.of(site.file, node.name)
    except manifest.ManifestError:
        found = None
    return settings.model_copy(update={"manifest": found})


def mistakes(settings: PcieTopologySettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """A manifest that cannot be used, or that promises other GPUs than the inventory."""
    try:
        found = manifest.of(site.file, node.name)
    except manifest.ManifestError as wrong:
        return [("manifest", str(wrong))]
    if found is not None and settings.gpus is not None and settings.gpus != len(found.gpus):
        return [
            (
                "gpus",
                f"{settings.gpus}, but {manifest.path_of(site.file).name} has {len(found.gpus)} of "
                "this node; leave gpus out, or learn the node anew",
            )
        ]
    return []


def cautions(settings: PcieTopologySettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """Hosts of the manifest that the inventory does not have, told at its first node."""
    if node.name != site.offering("pcie_topology")[0].name:
        return []
    try:
        known = manifest.read(site.file)
    except manifest.ManifestError:
        return []
    strangers = sorted(set(known) - {one.name for one in site.nodes})
    return [
        (
            "manifest",
            f"{manifest.path_of(site.file).name} has {name}, which is no node of the inventory; "
            "rename it there, or take it out",
        )
        for name in strangers
    ]

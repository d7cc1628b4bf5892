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

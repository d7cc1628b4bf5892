"""What the watch takes from the site: the engines, how each is asked, and where nodes stand."""

from collections.abc import Iterator

from infra.site import Node, Site
from roles.health_watch.settings import HealthWatchSettings, Member, Standing
from roles.inference_engine import engines
from roles.inference_engine.container import Container
from roles.inference_engine.settings import InferenceEngineSettings
from roles.node_standing.settings import NodeStandingSettings


def resolve(settings: HealthWatchSettings, *, node: Node, site: Site) -> HealthWatchSettings:
    """The settings with the site's engines filled in, in the inventory's order."""
    return settings.model_copy(update={"members": tuple(_members(site, gate=settings.gate))})


def mistakes(settings: HealthWatchSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """A host without a balancer."""
    if "load_balancer" in node.settings:
        return []
    return [("", "needs load_balancer on the same host; add it to the host's deploy")]


def _members(site: Site, *, gate: bool) -> Iterator[Member]:
    for node in site.offering("inference_engine"):
        engine = node.settings["inference_engine"]
        if isinstance(engine, InferenceEngineSettings):
            yield _member(node, engine, gate=gate)


def _member(node: Node, engine: InferenceEngineSettings, *, gate: bool) -> Member:
    health = engines.load(engine.engine).HEALTH
    return Member(
        node=node.name,
        address=node.address if engine.address is None else engine.address,
        port=engine.port,
        model=engine.name_for_clients,
        health_path=Container.health_path,
        question_path=Container.question_path,
        metrics_path=health.metrics_path if engine.metrics else "",
        running=health.running,
        progress=health.progress,
        standing=_standing(node) if gate else None,
    )


def _standing(node: Node) -> Standing | None:
    found = node.settings.get("node_standing")
    if not isinstance(found, NodeStandingSettings):
        return None
    address = node.address if found.address is None else found.address
    return Standing(address=address, port=found.port)

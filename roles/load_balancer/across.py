"""What a balancer takes from the site: the nodes that serve; and what does not fit together."""

import ipaddress
from collections.abc import Iterator

from infra.site import Node, Site
from roles.inference_engine import engines
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer.settings import LoadBalancerSettings, Target

_EVERYWHERE = ("0.0.0.0", "::")


def resolve(settings: LoadBalancerSettings, *, node: Node, site: Site) -> LoadBalancerSettings:
    """The settings with address and targets filled in; targets in the inventory's order."""
    address = node.address if settings.address is None else settings.address
    reached_at = node.address if address in _EVERYWHERE else address
    return settings.model_copy(
        update={
            "address": address,
            "reached_at": reached_at if settings.reached_at is None else settings.reached_at,
            "targets": tuple(_targets(site)),
        }
    )


def mistakes(settings: LoadBalancerSettings, *, node: Node, site: Site) -> list[tuple[str, str]]:
    """No node that serves; two engines, or an engine and the balancer, on one address and port."""
    return [*_unserved(settings), *_unbindable(settings), *_shared(settings, node)]


def _targets(site: Site) -> Iterator[Target]:
    for node in site.offering("inference_engine"):
        engine = node.settings["inference_engine"]
        if isinstance(engine, InferenceEngineSettings):
            yield Target(
                node=node.name,
                address=node.address if engine.address is None else engine.address,
                port=engine.port,
                model=engine.name_for_clients,
                parallel=engine.parallel_requests,
                keepalive=engines.load(engine.engine).UPSTREAM_KEEPALIVE,
            )


def _unserved(settings: LoadBalancerSettings) -> Iterator[tuple[str, str]]:
    if not settings.targets:
        yield "", "no node of this inventory serves a model; add one to gpu_nodes"


def _unbindable(settings: LoadBalancerSettings) -> Iterator[tuple[str, str]]:
    try:
        ipaddress.ip_address(settings.address or "")
    except ValueError:
        yield (
            "address",
            f'"{settings.address}" is a name; give the IP address of this host to listen on, '
            "or 0.0.0.0 for all",
        )


def _shared(settings: LoadBalancerSettings, node: Node) -> Iterator[tuple[str, str]]:
    first: dict[tuple[str, int], str] = {}
    for target in settings.targets:
        place = (target.address, target.port)
        other = first.setdefault(place, target.node)
        if other != target.node:
            yield (
                "",
                f"{other} and {target.node} both serve on {target.address}:{target.port}; "
                "give each its own",
            )
        mine = settings.address in (target.address, *_EVERYWHERE)
        if target.node == node.name and target.port == settings.port and mine:
            yield "port", f"{settings.port} is the engine's on this host; give another one"

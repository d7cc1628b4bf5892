"""What a balancer takes from the site: the nodes that serve; and what does not fit together."""

import ipaddress
from collections.abc import Iterator

from infra.site import Node, Site
from roles.inference_engine import engines
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer import prompt_versions
from roles.load_balancer.settings import LoadBalancerSettings, Target
from roles.load_balancer.tls import certificate

_EVERYWHERE = ("0.0.0.0", "::")
_REVISION = 12
"""Digits of a checksum that tell one revision from another in a log."""


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
    """No node that serves; addresses that lead to none; a certificate that is none, or another's.

    When a certificate ends is a check's matter: what was good yesterday is no mistake today.
    """
    return [
        *_unserved(settings),
        *_unbindable(settings),
        *_shared(settings, node),
        *_elsewhere(settings, node),
        *_certificate(settings),
        *_unknown_models(settings),
    ]


def _targets(site: Site) -> Iterator[Target]:
    for node in site.offering("inference_engine"):
        engine = node.settings["inference_engine"]
        if isinstance(engine, InferenceEngineSettings):
            yield Target(
                node=node.name,
                address=_as_nginx(node.address if engine.address is None else engine.address),
                port=engine.port,
                model=engine.name_for_clients,
                parallel=engine.parallel_requests,
                keepalive=engines.load(engine.engine).UPSTREAM_KEEPALIVE,
                spare=node.spare,
                revision=engine.model_revision[:_REVISION],
            )


def _as_nginx(address: str) -> str:
    """An IPv6 address as nginx's log and answers have it, however it was given."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address


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


def _elsewhere(settings: LoadBalancerSettings, node: Node) -> Iterator[tuple[str, str]]:
    """Engines of other hosts at addresses by which this host finds itself."""
    if _is_loopback(node.address):  # the others may well be on this machine
        return
    for target in settings.targets:
        here = target.address in _EVERYWHERE or _is_loopback(target.address)
        if here and target.node != node.name:
            yield (
                "",
                f"{target.node} serves on {target.address}, by which this host finds itself; give "
                "its inference_engine.address, or leave it out",
            )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _certificate(settings: LoadBalancerSettings) -> Iterator[tuple[str, str]]:
    try:
        text = certificate.text_of(settings)
    except (OSError, UnicodeDecodeError) as problem:
        yield "certificate", f"{settings.certificate} cannot be read on this host ({problem})"
        return
    name = settings.reached_at or ""
    if text and not certificate.is_for(text, name=name):
        yield (
            "certificate",
            f"{settings.certificate} is no certificate for {name}; give one that is, or set "
            "reached_at to a name that it is for",
        )


def _unknown_models(settings: LoadBalancerSettings) -> Iterator[tuple[str, str]]:
    for model in prompt_versions.unknown(settings):
        yield "prompt_version_required", f'no node of this inventory serves "{model}"'

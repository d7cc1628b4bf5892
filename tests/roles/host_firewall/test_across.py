from pathlib import Path

import pytest

from infra.opening import Opening
from infra.site import Node, Site
from roles.host_firewall import across
from roles.host_firewall.settings import ExtraOpening, HostFirewallSettings
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer.settings import LoadBalancerSettings

ENGINE = InferenceEngineSettings.model_construct(port=8000)


def site(*, balancer: str = "10.0.0.21", **connection: object) -> Site:
    gpu = Node(
        name="gpu-1",
        group="gpu_nodes",
        address="10.0.0.11",
        settings={"host_firewall": HostFirewallSettings(), "inference_engine": ENGINE},
        connection=connection,
    )
    lb = Node(
        name="lb",
        group="load_balancers",
        address=balancer,
        settings={"load_balancer": LoadBalancerSettings.model_construct(port=80, address=None)},
    )
    return Site(name="t", file=Path("t.py"), nodes=(gpu, lb))


def resolved(made: Site, **given: object) -> HostFirewallSettings:
    settings = HostFirewallSettings(**given)  # type: ignore[arg-type]
    return across.resolve(settings, node=made.nodes[0], site=made)


def told(made: Site, **given: object) -> list[tuple[str, str]]:
    return across.mistakes(resolved(made, **given), node=made.nodes[0], site=made)


def test_what_the_hosts_roles_listen_on_is_open_to_whom_they_say() -> None:
    found = resolved(site()).services
    what = "inference_engine: requests of balancers"
    assert found == (Opening(port=8000, sources=("10.0.0.21",), what=what),)


def test_the_inventory_may_say_otherwise() -> None:
    sources = {"inference_engine": ("10.9.0.0/16",)}
    assert resolved(site(), service_sources=sources).services[0].sources == ("10.9.0.0/16",)
    everyone: dict[str, tuple[str, ...]] = {"inference_engine": ()}
    assert resolved(site(), service_sources=everyone).services[0].sources == ()


@pytest.mark.parametrize(
    ("connection", "given", "port"),
    [({}, {}, 22), ({"ssh_port": 2222}, {}, 2222), ({"ssh_port": 2222}, {"ssh_port": 22}, 22)],
)
def test_sshs_port_is_that_of_the_connection_unless_said(
    connection: dict[str, object], given: dict[str, object], port: int
) -> None:
    assert resolved(site(**connection), **given).ssh_port == port


def test_a_site_that_fits_has_no_mistakes() -> None:
    assert told(site()) == []


def test_ssh_is_opened_in_one_place() -> None:
    ((key, sentence),) = told(site(), openings=(ExtraOpening(port=22, what="SSH again"),))
    assert key == "openings" and "ssh_sources" in sentence


def test_a_role_that_listens_on_nothing_has_no_sources() -> None:
    ((key, sentence),) = told(site(), service_sources={"gpu_driver": ("10.0.0.1",)})
    assert key == "service_sources" and "inference_engine, load_balancer" in sentence
    assert told(site(), service_sources={"engine": ("10.0.0.1",)})


def test_a_balancer_known_by_name_needs_an_address() -> None:
    ((key, sentence),) = told(site(balancer="lb.example"))
    assert key == "service_sources" and '"lb.example"' in sentence
    assert (
        told(site(balancer="lb.example"), service_sources={"inference_engine": ("10.1.0.1",)}) == []
    )

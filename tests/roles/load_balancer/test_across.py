from pathlib import Path

from infra.role import Settings
from infra.site import Node, Site
from roles.inference_engine.settings import InferenceEngineSettings
from roles.load_balancer import across
from roles.load_balancer.settings import LoadBalancerSettings

BALANCER = LoadBalancerSettings(api_keys={"lab": "env:KEY"})
ENGINE = InferenceEngineSettings(
    engine="llama_cpp", image="x/y:z@sha256:" + "a" * 64, model="small", context_tokens=2048
)


def node(name: str, address: str, **roles: Settings) -> Node:
    return Node(name=name, group="gpu_nodes", address=address, settings=roles)


def site(*nodes: Node) -> Site:
    return Site(name="rack", file=Path("rack.py"), nodes=nodes)


def engine(name: str, host: str, **changes: object) -> Node:
    return node(name, host, inference_engine=ENGINE.model_copy(update=changes))


LB = node("balancer-1", "10.0.0.2", load_balancer=BALANCER)


def resolved(*nodes: Node, settings: LoadBalancerSettings = BALANCER) -> LoadBalancerSettings:
    return across.resolve(settings, node=LB, site=site(*nodes))


def mistakes(*nodes: Node, settings: LoadBalancerSettings = BALANCER) -> list[tuple[str, str]]:
    whole = site(*nodes)
    return across.mistakes(resolved(*nodes, settings=settings), node=LB, site=whole)


def test_targets_are_the_nodes_that_serve_in_the_inventorys_order() -> None:
    one, two = engine("gpu-2", "10.0.0.12"), engine("gpu-1", "10.0.0.11", port=8001)
    found = resolved(LB, one, two)
    assert [(target.node, target.address, target.port) for target in found.targets] == [
        ("gpu-2", "10.0.0.12", 8000),
        ("gpu-1", "10.0.0.11", 8001),
    ]
    assert found.address == "10.0.0.2"
    assert not mistakes(LB, one, two)


def test_a_target_says_what_its_engine_is_like() -> None:
    served = engine("gpu-1", "10.0.0.11", served_name="s", address="10.1.0.1", parallel_requests=9)
    [target] = resolved(LB, served).targets
    assert (target.model, target.address, target.parallel) == ("s", "10.1.0.1", 9)
    assert target.keepalive is False


def test_an_address_is_one_however_it_was_written() -> None:
    one, two = engine("gpu-1", "FD00:0::11"), engine("gpu-2", "fd00::11")
    assert [target.address for target in resolved(LB, one, two).targets] == ["fd00::11"] * 2
    [(_, sentence)] = mistakes(LB, one, two)
    assert "gpu-1 and gpu-2 both serve on fd00::11:8000" in sentence


def test_an_engine_elsewhere_is_not_asked_on_this_host() -> None:
    for address in ("0.0.0.0", "127.0.0.1", "::1"):
        [(_, sentence)] = mistakes(LB, engine("gpu-1", "10.0.0.11", address=address))
        assert sentence.startswith(f"gpu-1 serves on {address}, by which this host finds itself")
    own = node("balancer-1", "10.0.0.2", load_balancer=BALANCER, inference_engine=ENGINE.model_copy(
        update={"address": "127.0.0.1"}))  # fmt: skip
    assert not mistakes(own)


def test_a_balancer_without_nodes_is_a_mistake() -> None:
    assert [sentence for _, sentence in mistakes(LB)] == [
        "no node of this inventory serves a model; add one to gpu_nodes"
    ]


def test_two_engines_on_one_address_and_port_are_a_mistake() -> None:
    [(_, sentence)] = mistakes(
        LB, engine("gpu-1", "10.0.0.11"), engine("gpu-2", "10.0.0.12", address="10.0.0.11")
    )
    assert "gpu-1 and gpu-2 both serve on 10.0.0.11:8000" in sentence


def test_engine_and_balancer_on_one_host_need_two_ports() -> None:
    both = node("balancer-1", "10.0.0.2", load_balancer=BALANCER, inference_engine=ENGINE)
    same = BALANCER.model_copy(update={"port": 8000})
    assert [key for key, _ in mistakes(both, settings=same)] == ["port"]
    assert not mistakes(both)


def test_on_all_addresses_the_engines_port_is_taken_too() -> None:
    both = node("balancer-1", "10.0.0.2", load_balancer=BALANCER, inference_engine=ENGINE)
    everywhere = BALANCER.model_copy(update={"port": 8000, "address": "0.0.0.0"})
    assert resolved(both, settings=everywhere).reached_at == "10.0.0.2"
    assert [key for key, _ in mistakes(both, settings=everywhere)] == ["port"]


def test_a_name_is_no_address_to_listen_on() -> None:
    named = BALANCER.model_copy(update={"address": "balancer.rack"})
    found = mistakes(LB, engine("gpu-1", "10.0.0.11"), settings=named)
    assert [key for key, _ in found] == ["address"]

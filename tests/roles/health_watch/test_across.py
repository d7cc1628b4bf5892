from pathlib import Path

from infra import site
from infra.site import Site
from roles.health_watch.across import mistakes, resolve
from roles.health_watch.settings import HealthWatchSettings, Standing

ROOT = Path(__file__).resolve().parents[3]


def rack() -> Site:
    return site.load(ROOT / "inventories" / "rack.py", allow_unlocked=True)


def watch(found: Site) -> HealthWatchSettings:
    [balancer, *_] = found.offering("health_watch")
    settings = balancer.settings["health_watch"]
    assert isinstance(settings, HealthWatchSettings)
    return resolve(settings, node=balancer, site=found)


def test_every_engine_of_the_site_is_watched_by_its_own_metrics() -> None:
    found = rack()
    members = watch(found).members
    assert [one.node for one in members] == [one.name for one in found.offering("inference_engine")]
    for one in members:
        assert (one.health_path, one.question_path) == ("/health", "/v1/completions")
        assert one.metrics_path == "/metrics"
        assert one.running and one.progress


def test_the_gate_is_asked_where_the_node_tells_it_and_only_if_wanted() -> None:
    found = rack()
    [first, *_] = watch(found).members
    assert first.standing == Standing(address=first.address, port=8098)
    [balancer, *_] = found.offering("health_watch")
    ungated = resolve(HealthWatchSettings(gate=False), node=balancer, site=found)
    assert {one.standing for one in ungated.members} == {None}


def test_it_needs_a_balancer_beside_it() -> None:
    found = rack()
    [balancer, *_] = found.offering("load_balancer")
    [node, *_] = found.offering("inference_engine")
    assert mistakes(HealthWatchSettings(), node=balancer, site=found) == []
    assert mistakes(HealthWatchSettings(), node=node, site=found)

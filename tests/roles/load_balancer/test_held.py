from roles.load_balancer import held, upstream
from roles.load_balancer.program import members, state, upstreams
from roles.load_balancer.settings import LoadBalancerSettings

HOLD = {"owner": "o", "reason": "r", "by": "b", "since": "s"}


def said(settings: LoadBalancerSettings, **changes: str) -> held.OnHost:
    who = upstream.members_text(settings)
    holds = state.with_hold({"nodes": {}}, "gpu-2", hold=HOLD)
    parsed = members.parse_members(who)
    parts = {
        "members": who,
        "state": state.state_text(holds),
        "upstreams": upstreams.upstreams_text(parsed, holds),
        "running": upstreams.upstreams_digest(parsed, holds),
        **changes,
    }
    return held.parse_on_host("\n-- infra --\n".join(parts.values()))


def test_a_held_node_is_no_drift(settings: LoadBalancerSettings) -> None:
    found = said(settings)
    assert found.problems() == []
    assert found.held() == {"gpu-2"}


def test_a_held_node_that_is_no_member_any_more_is_no_drift(settings: LoadBalancerSettings) -> None:
    who = members.parse_members(upstream.members_text(settings))
    holds = state.with_hold({"nodes": {"gpu-1": {"share": 0.1}}}, "gpu-9", hold=HOLD)
    texts = {
        "state": state.state_text(holds),
        "upstreams": upstreams.upstreams_text(who, holds),
        "running": upstreams.upstreams_digest(who, holds),
    }
    found = said(settings, **texts)
    assert found.problems() == []
    assert found.held() == {"gpu-9"}


def test_what_differs_is_told(settings: LoadBalancerSettings) -> None:
    assert "nginx runs with others" in said(settings, running="").problems()[0]
    assert "is not what members and holds ask for" in said(settings, upstreams="x").problems()[0]
    assert "cannot be read" in said(settings, state="{").problems()[0]
    assert said(settings, state="{").held() == frozenset()
    assert held.parse_on_host("").problems()

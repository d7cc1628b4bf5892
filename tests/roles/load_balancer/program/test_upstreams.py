import pytest

from roles.load_balancer import upstream
from roles.load_balancer.program import members, state, upstreams
from roles.load_balancer.settings import LoadBalancerSettings

HOLD = {"owner": "o", "reason": "r", "by": "b", "since": "s"}
EMPTY = state.parse_state("{}")


@pytest.fixture
def who(two_models: LoadBalancerSettings) -> members.Members:
    return members.parse_members(upstream.members_text(two_models))


def servers(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip().startswith("server ")]


def test_who_is_held_is_down_and_nobody_else(who: members.Members) -> None:
    held = state.with_hold(EMPTY, "gpu-2", hold=HOLD)
    assert servers(upstreams.upstreams_text(who, held)) == [
        "server 10.0.0.11:8000 max_fails=2 fail_timeout=5s max_conns=6;",
        "server 10.0.0.12:8000 max_fails=2 fail_timeout=5s max_conns=6 down;",
        "server 10.0.0.13:8000 max_fails=2 fail_timeout=5s max_conns=10;",
    ]


def test_the_digest_tells_members_and_holds_apart(who: members.Members) -> None:
    held = state.with_hold(EMPTY, "gpu-2", hold=HOLD)
    text = upstreams.upstreams_text(who, held)
    assert upstreams.digest_in(text) == upstreams.upstreams_digest(who, held)
    assert upstreams.upstreams_digest(who, held) != upstreams.upstreams_digest(who, EMPTY)
    assert upstreams.digest_in("nothing") == ""


def test_draining_and_out_are_one_to_nginx(who: members.Members) -> None:
    held = state.with_hold(EMPTY, "gpu-2", hold=HOLD)
    out = state.as_out(held, "gpu-2")
    assert upstreams.upstreams_text(who, held) == upstreams.upstreams_text(who, out)


def test_holds_of_who_is_no_member_change_nothing(who: members.Members) -> None:
    held = state.with_hold(EMPTY, "gpu-9", hold=HOLD)
    assert upstreams.upstreams_text(who, held) == upstreams.upstreams_text(who, EMPTY)


def test_connections_are_kept_where_the_pool_says_so(who: members.Members) -> None:
    text = upstreams.upstreams_text(who, EMPTY)
    assert text.count("keepalive 16;") == text.count("keepalive_timeout") == 1


def test_the_log_knows_the_last_node_that_was_tried(who: members.Members) -> None:
    text = upstreams.upstreams_text(who, EMPTY)
    assert '"~(^|[ ,])10\\.0\\.0\\.11:8000$" gpu-1;' in text


def test_an_ipv6_address_is_in_brackets() -> None:
    assert members.Server(node="a", address="fd00::11", port=80).place == "[fd00::11]:80"

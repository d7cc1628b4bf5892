import pytest

from roles.load_balancer import upstream
from roles.load_balancer.program import members, roles, splitting, state, upstreams
from roles.load_balancer.settings import LoadBalancerSettings

HOLD = {"owner": "o", "reason": "r", "by": "b", "since": "s"}


def canary(node: str, *, share: float = 5, endpoints: tuple[str, ...] = ()) -> state.State:
    entry = {"node": node, "share": share, "endpoints": list(endpoints), "by": "b", "since": "s"}
    return {"nodes": {}, "canary": {"small": entry}, "swaps": {}}


@pytest.fixture
def who(settings: LoadBalancerSettings) -> members.Members:
    """Two nodes and a spare."""
    spare = settings.targets[0].model_copy(
        update={"node": "spare-1", "address": "10.0.0.13", "spare": True}
    )
    whole = settings.model_copy(update={"targets": (*settings.targets, spare)})
    return members.parse_members(upstream.members_text(whole))


def blocks(who: members.Members, of: state.State) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in upstreams.upstreams_text(who, of).splitlines():
        if line.startswith("upstream "):
            name = "canary" if line.endswith("_canary {") else "main"
        words = line.split()
        if words[:1] == ["server"] and name:
            marks = [word.rstrip(";") for word in words[2:]]
            kept = [word for word in marks if word in ("backup", "down") or "conns" in word]
            found.setdefault(name, []).append(" ".join([words[1][5:-5], *kept]))
    return found


def test_a_spare_stands_by_until_it_takes_a_place(who: members.Members) -> None:
    empty = state.parse_state("{}")
    assert blocks(who, empty)["main"] == [
        "0.11 max_conns=6", "0.12 max_conns=6", "0.13 backup max_conns=6"
    ]  # fmt: skip
    swapped = {**empty, "swaps": {"gpu-1": {"spare": "spare-1", "by": "b", "since": "s"}}}
    dead = state.with_hold(swapped, "gpu-1", hold=HOLD)
    assert blocks(who, dead)["main"] == [
        "0.11 max_conns=6 down", "0.12 max_conns=6", "0.13 max_conns=6"
    ]  # fmt: skip


def test_a_canary_leaves_its_pool_which_is_its_backup(who: members.Members) -> None:
    assert blocks(who, canary("gpu-2", share=20)) == {
        "main": ["0.11 max_conns=6", "0.13 backup max_conns=6"],
        "canary": ["0.12 max_conns=6", "0.11 backup max_conns=2", "0.13 backup max_conns=2"],
    }


def test_a_canary_that_is_held_gets_nothing(who: members.Members) -> None:
    held = state.with_hold(canary("gpu-2"), "gpu-2", hold=HOLD)
    assert "split_clients" not in upstreams.upstreams_text(who, held)
    assert upstream.parse(upstreams.upstreams_text(who, held)) == upstream.parse(
        upstreams.upstreams_text(who, state.parse_state("{}"))
    )


def test_a_canary_that_is_all_a_pool_has_is_no_canary(who: members.Members) -> None:
    alone = members.Members(
        pools=tuple(
            members.Pool(
                **{**vars(pool), "servers": tuple(s for s in pool.servers if s.node == "gpu-2")}
            )
            for pool in who.pools
        ),
        status_port=1,
    )
    assert blocks(alone, canary("gpu-2")) == {"main": ["0.12 max_conns=6"]}


def test_a_canary_is_no_other_that_stays_in(who: members.Members) -> None:
    [pool] = who.pools
    assert roles.others_of(canary("gpu-2"), pool, "gpu-1") == ("spare-1",)


def test_a_share_is_of_all_requests_or_of_some_endpoints(who: members.Members) -> None:
    [pool] = who.pools
    every = "\n".join(splitting.canary_maps(who, canary("gpu-2")))
    assert f"    5.00% {pool.name}_canary;\n    * {pool.name};" in every
    assert f"    default $infra_share_{pool.name};" in every
    some = "\n".join(splitting.canary_maps(who, canary("gpu-2", endpoints=("/v1/embeddings",))))
    assert f"    default {pool.name};\n    /v1/embeddings $infra_share_{pool.name};" in some
    whole = "\n".join(splitting.canary_maps(who, canary("gpu-2", share=100)))
    assert "%" not in whole and f"    * {pool.name}_canary;" in whole


def test_where_nobody_but_spares_is_left_they_serve(who: members.Members) -> None:
    """A canary's last full member may leave the inventory: nginx takes no backups alone."""
    [pool] = who.pools
    left = members.Members(
        pools=(members.Pool(**{**vars(pool), "servers": pool.servers[1:]}),), status_port=1
    )
    assert blocks(left, canary("gpu-2"))["main"] == ["0.13 max_conns=6"]

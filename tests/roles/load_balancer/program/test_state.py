from pathlib import Path

import pytest

from roles.load_balancer.program import state
from roles.load_balancer.program.files import Failed

EMPTY = state.parse_state("{}")


def a_hold(owner: str, *, reason: str = "test", since: str = "T1") -> dict[str, str]:
    return {"owner": owner, "reason": reason, "by": "mara@laptop", "since": since}


def test_a_node_is_in_only_without_holds() -> None:
    held = state.with_hold(EMPTY, "gpu-1", hold=a_hold("deploy"))
    both = state.with_hold(held, "gpu-1", hold=a_hold("operator"))
    one_left = state.without_hold(both, "gpu-1", owner="deploy")
    none_left = state.without_hold(one_left, "gpu-1", owner="operator")
    states = [state.state_of(one, "gpu-1") for one in (EMPTY, held, both, one_left, none_left)]
    assert states == ["in", "draining", "draining", "draining", "in"]
    assert state.holds_on(one_left, "gpu-1") == [a_hold("operator")]


def test_a_node_that_is_out_stays_out_when_held_again() -> None:
    out = state.as_out(state.with_hold(EMPTY, "gpu-1", hold=a_hold("deploy")), "gpu-1")
    assert state.state_of(out, "gpu-1") == "out"
    assert state.state_of(state.with_hold(out, "gpu-1", hold=a_hold("b")), "gpu-1") == "out"


def test_each_owner_lifts_only_its_own() -> None:
    held = state.with_hold(EMPTY, "gpu-1", hold=a_hold("operator"))
    assert state.without_hold(held, "gpu-1", owner="deploy") is held
    assert state.without_hold(EMPTY, "gpu-9", owner="deploy") is EMPTY


def test_an_owner_has_one_hold_and_it_keeps_its_time() -> None:
    held = state.with_hold(EMPTY, "gpu-1", hold=a_hold("deploy"))
    again = state.with_hold(held, "gpu-1", hold=a_hold("deploy", reason="other", since="T2"))
    assert state.holds_on(again, "gpu-1") == [a_hold("deploy", reason="other")]


def test_what_is_not_known_is_kept_and_not_shown() -> None:
    known = a_hold("operator")
    text = {
        "later": {"gpu-1": 5},
        "nodes": {"gpu-1": {"spare": True, "holds": [known | {"x": 1}]}},
    }
    before = state.parse_state(state.state_text(text))
    after = state.with_hold(before, "gpu-1", hold=a_hold("deploy"))
    assert after["later"] == {"gpu-1": 5}
    assert after["nodes"]["gpu-1"]["spare"] is True
    assert after["nodes"]["gpu-1"]["holds"][0] == known | {"x": 1}
    assert state.holds_on(after, "gpu-1")[0] == known


def test_a_node_of_which_other_things_are_known_is_in() -> None:
    known = state.parse_state('{"nodes": {"gpu-1": {"share": 0.1}}}')
    assert state.state_of(known, "gpu-1") == "in"
    held = state.with_hold(known, "gpu-1", hold=a_hold("deploy"))
    lifted = state.without_hold(held, "gpu-1", owner="deploy")
    assert (held["nodes"]["gpu-1"]["share"], state.state_of(lifted, "gpu-1")) == (0.1, "in")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"nodes": []}',
        '{"nodes": {"a": {"holds": [{"owner": "x"}]}}}',
        '{"canary": {"small": {"node": "gpu-1"}}}',
        '{"swaps": {"gpu-1": "gpu-2"}}',
    ],
)
def test_a_broken_file_is_told_and_the_way_out(text: str, tmp_path: Path) -> None:
    (tmp_path / "state").write_text(text)
    with pytest.raises(Failed, match="infra-rotation restore"):
        state.state_at(str(tmp_path / "state"))


def test_a_lost_file_is_not_taken_for_nobody_held(tmp_path: Path) -> None:
    at = str(tmp_path / "state")
    assert state.state_at(at) == EMPTY
    Path(state.good_copy(at)).write_text(state.state_text(EMPTY))
    with pytest.raises(Failed, match="is gone"):
        state.state_at(at)


@pytest.mark.parametrize("table", ['"canary": []', '"swaps": null', '"canary": {"m": 3}'])
def test_a_state_with_a_damaged_table_is_told_and_never_a_traceback(table: str) -> None:
    with pytest.raises(ValueError, match=r"canary|swaps"):
        state.parse_state(f'{{"nodes": {{}}, {table}}}')

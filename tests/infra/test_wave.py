"""Nodes leave rotation in turn, come back when they answer, and a failure stops the rest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone

import gevent
import pytest

from infra.balancers import BalancerError
from infra.permit import Permit
from infra.rotation import Hold, Policy, Rotated, Settled
from infra.turns import RefusedError
from infra.wave import Wave


class Balancer:
    """One balancer's rotation in memory; it remembers how many were out at once."""

    def __init__(
        self, *nodes: str, dead: tuple[str, ...] = (), spares: tuple[str, ...] = ()
    ) -> None:
        self.holds: dict[str, list[Hold]] = {node: [] for node in nodes}
        self.dead, self.most_out, self.left = set(dead), 0, 0
        self.spares = set(spares)
        self.canaries: set[str] = set()
        self.bare = self.unreachable = self.breaks_off = False
        self.keeps: list[int] = []

    def rotation(
        self, *, probe: bool = False, patient: bool = False
    ) -> dict[str, dict[str, Rotated]]:
        if self.unreachable and not patient:
            raise BalancerError("lb: unreachable")
        if self.bare or self.unreachable:
            return {} if self.unreachable else {"lb": {}}
        return {"lb": {node: self._rotated(node) for node in self.holds}}

    def _rotated(self, node: str) -> Rotated:
        holds = tuple(self.holds[node])
        answers, spare = node not in self.dead, node in self.spares
        state, canary = "out" if holds else "in", node in self.canaries
        return Rotated(node, state, holds, answers=answers, spare=spare, canary=canary)  # type: ignore[arg-type]

    def hold(self, node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> None:
        away = {node, *self.canaries}
        others = sum(not holds for name, holds in self.holds.items() if name not in away)
        self.keeps.append(keep)
        if others < keep:
            raise BalancerError("lb: too few would be left", refused=True)
        self.holds[node].append(Hold(owner, reason, by, "2026-11-21T07:00:00Z"))
        self.most_out = max(self.most_out, sum(bool(holds) for holds in self.holds.values()))

    def settle(self, node: str, *, seconds: int) -> Settled:
        gevent.sleep(0)
        if self.breaks_off:
            raise BalancerError("lb: the connection was lost")
        return Settled(finished=3, left=self.left, seconds=0.5)

    def lift(self, node: str, *, owner: str) -> None:
        self.holds[node] = [hold for hold in self.holds[node] if hold.owner != owner]


class Answer:
    """A person at the terminal."""

    def __init__(self, *, yes: bool = True) -> None:
        self.yes, self.asked = yes, 0

    def __call__(self, node: str, *, why: str) -> bool:
        self.asked += 1
        return self.yes


def wave(balancer: Balancer, *nodes: str, person: Answer | None = None, **policy: object) -> Wave:
    return Wave(
        pools={"m": tuple(balancer.holds)},
        balancers=balancer,
        by="mara@laptop",
        at_work=set(nodes),
        permit=Permit(Policy(**policy), person or Answer()),  # type: ignore[arg-type]
        balancing=("lb",),
    )


def yes() -> bool:
    return True


def no() -> bool:
    return False


def act(made: Wave, node: str, *, ok: bool = True, answers: bool = True) -> str | None:
    made.before(node, why="driver", answers=yes)
    gevent.sleep(0)
    away = made.after(node, ok=ok, answers=yes if answers else no)
    return away.text if away is not None else None


def test_serving_nodes_of_a_pool_go_one_at_a_time() -> None:
    balancer = Balancer("a", "b", "c")
    made = wave(balancer, "a", "b", "c")
    gevent.joinall([gevent.spawn(act, made, node) for node in "abc"], raise_error=True)
    assert balancer.most_out == 1
    assert balancer.holds == {"a": [], "b": [], "c": []}


def test_two_may_be_out_where_the_policy_says_so() -> None:
    balancer = Balancer("a", "b", "c")
    made = wave(balancer, "a", "b", "c", max_unavailable=2)
    gevent.joinall([gevent.spawn(act, made, node) for node in "abc"], raise_error=True)
    assert balancer.most_out == 2


def test_nodes_that_never_served_go_at_full_width() -> None:
    balancer = Balancer("a", "b", "c", dead=("a", "b", "c"))
    made = wave(balancer, "a", "b", "c")
    for node in "abc":
        made.before(node, why="first start", answers=no)
    assert balancer.most_out == 3


def test_a_node_that_serves_waits_for_one_that_is_being_built() -> None:
    balancer = Balancer("a", "b", dead=("b",))
    made = wave(balancer, "a", "b")
    made.before("b", why="first start", answers=no)
    waiting = gevent.spawn(made.before, "a", why="driver", answers=yes)
    gevent.sleep(0.05)
    assert not waiting.ready()
    balancer.dead.clear()
    assert made.after("b", ok=True, answers=yes) is None
    waiting.get(timeout=5)
    assert balancer.holds["a"]


def test_the_last_healthy_node_is_left_alone() -> None:
    balancer = Balancer("a", "b", dead=("b",))
    with pytest.raises(RefusedError, match="b is not serving, and max_unavailable is 1"):
        wave(balancer, "a").before("a", why="driver", answers=yes)
    assert balancer.holds["a"] == []


def test_a_failure_that_does_not_answer_stays_out_and_stops_the_wave() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b")
    assert "out of rotation" in (act(made, "a", ok=False, answers=False) or "")
    with pytest.raises(RefusedError, match="a failed while it was out of rotation"):
        made.before("b", why="driver", answers=yes)
    assert [hold.owner for hold in balancer.holds["a"]] == ["deploy"]
    assert balancer.holds["b"] == []


def test_a_failure_that_went_back_serves_again_and_stops_the_wave() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b")
    assert act(made, "a", ok=False) is None
    assert balancer.holds["a"] == []
    with pytest.raises(RefusedError, match="a failed"):
        made.before("b", why="driver", answers=yes)


def test_a_node_that_ended_well_but_does_not_answer_stays_out() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a")
    assert "does not complete a token" in (act(made, "a", answers=False) or "")
    assert balancer.holds["a"]


def test_a_node_that_never_served_is_not_asked_when_what_serves_was_left_out() -> None:
    turns = wave(Balancer(), "a")
    turns.pools = {"m": ("a", "b")}
    turns.before("a", why="driver", answers=lambda: False)
    away = turns.after("a", ok=True, answers=lambda: pytest.fail("it was asked"), whole=False)
    assert away is not None and not away.failed
    assert not turns.out


def test_what_an_earlier_deploy_left_out_comes_back() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="deploy", reason="driver", by="mara@laptop")
    made = wave(balancer, "a")
    made.look()
    assert made.serving == {"b"}
    assert made.after("a", ok=True, answers=yes) is None
    assert balancer.holds["a"] == []


def test_an_operators_hold_stays() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="operator", reason="new fan", by="lea@desk")
    made = wave(balancer, "a")
    said = "a answers, and stays out of rotation: held by operator (lea@desk: new fan)"
    assert act(made, "a") == said
    assert [hold.owner for hold in balancer.holds["a"]] == ["operator"]
    idle = wave(balancer, "a", "b")
    idle.look()
    away = idle.after("a", ok=True, answers=yes)
    assert away is not None and not away.failed
    assert away.text == "a stays out of rotation: held by operator (lea@desk: new fan)"
    assert idle.after("b", ok=True, answers=yes) is None


def test_a_hold_that_was_lifted_meanwhile_is_not_told() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="health", reason="nobody answers", by="infra-health")
    made = wave(balancer, "a")
    made.look()
    balancer.lift("a", owner="health")
    assert made.after("a", ok=True, answers=yes) is None


def test_whoever_must_wait_for_an_operator_is_told_how() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("b", owner="operator", reason="new fan", by="lea@desk")
    with pytest.raises(RefusedError, match=r"b is held by operator .*new fan.*infra undrain"):
        wave(balancer, "a").before("a", why="driver", answers=yes)


def test_the_last_node_waits_for_those_that_come_back_however_many_may_be_out() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b", max_unavailable=2)
    gevent.joinall([gevent.spawn(act, made, node) for node in "ab"], raise_error=True)
    assert balancer.most_out == 1


def test_the_person_is_asked_once_and_may_refuse() -> None:
    balancer, person = Balancer("a", "b", "c"), Answer()
    made = wave(balancer, "a", "b", person=person)
    act(made, "a")
    act(made, "b")
    assert person.asked == 1
    refusing = Answer(yes=False)
    made = wave(balancer, "b", "c", person=refusing)
    for node in "bc":
        with pytest.raises(RefusedError, match="not confirmed"):
            made.before(node, why="driver", answers=yes)
    assert refusing.asked == 1
    with pytest.raises(RefusedError, match="not confirmed"):
        wave(balancer, "c", person=Answer(yes=False)).before("c", why="driver", answers=yes)
    assert balancer.holds["c"] == []


def test_nobody_is_asked_about_a_node_that_serves_nobody() -> None:
    balancer, person = Balancer("a", "b", dead=("a",)), Answer(yes=False)
    wave(balancer, "a", person=person).before("a", why="first start", answers=no)
    assert person.asked == 0


def closed_window() -> str:
    """A window that was open twelve hours ago, for an hour."""
    hour = (datetime.now(timezone.utc).hour + 12) % 24
    return f"{hour:02d}:00-{(hour + 1) % 24:02d}:00 UTC"


def test_outside_a_maintenance_window_a_serving_node_is_left_alone() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", maintenance_windows=(closed_window(),))
    with pytest.raises(RefusedError, match=r"outside its maintenance windows .* --ignore-windows"):
        made.before("a", why="driver", answers=yes)
    made.permit.ignore_windows = True
    made.before("a", why="driver", answers=yes)
    assert balancer.holds["a"]


def test_a_balancer_that_cannot_be_asked_protects_what_serves() -> None:
    balancer = Balancer("a", "b")
    balancer.unreachable = True
    made = wave(balancer, "a", "b")
    with pytest.raises(RefusedError, match="lb: unreachable; a serves and was left as it is"):
        made.before("a", why="driver", answers=yes)
    made.before("b", why="first start", answers=no)
    assert set(made.out) == {"b"}


def test_a_hold_whose_drain_broke_off_is_lifted_again() -> None:
    balancer = Balancer("a", "b")
    balancer.breaks_off = True
    made = wave(balancer, "a", "b")
    with pytest.raises(RefusedError, match="the connection was lost; a was not disrupted"):
        made.before("a", why="driver", answers=yes)
    assert balancer.holds["a"] == []
    balancer.breaks_off = False
    made.before("b", why="driver", answers=yes)


def test_the_balancer_is_told_how_many_must_stay_in() -> None:
    balancer = Balancer("a", "b", "c")
    act(wave(balancer, "a"), "a")
    act(wave(balancer, "a", max_unavailable=2), "a")
    assert balancer.keeps == [2, 1]


def test_a_spare_that_is_away_for_good_keeps_no_other_node() -> None:
    balancer = Balancer("a", "b", "s", dead=("s",), spares=("s",))
    assert act(wave(balancer, "a"), "a") is None
    assert balancer.keeps == [1]


def test_a_spare_that_comes_back_is_waited_for() -> None:
    balancer = Balancer("a", "b", "s", spares=("s",))
    made = wave(balancer, "a", "s")
    made.before("s", why="driver", answers=yes)
    other = gevent.spawn(act, made, "a")
    gevent.sleep(0)
    assert made.after("s", ok=True, answers=yes) is None
    assert other.get(timeout=20) is None
    assert balancer.most_out == 1


def test_a_spare_stays_while_it_is_needed() -> None:
    balancer = Balancer("a", "b", "s", dead=("b",), spares=("s",))
    with pytest.raises(RefusedError, match="b is not serving"):
        wave(balancer, "s").before("s", why="driver", answers=yes)


def test_a_node_whose_place_a_spare_has_keeps_no_other_node() -> None:
    balancer = Balancer("a", "b", "s", spares=("s",))
    balancer.holds["b"].append(Hold("swap", "s serves", "mara@laptop", "2026-11-21T07:00:00Z"))
    assert act(wave(balancer, "a"), "a") is None


def test_a_hold_that_another_deploy_was_faster_with_is_waited_for() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a")

    def think(node: str, *, why: str) -> bool:
        balancer.hold("b", owner="deploy", reason="driver", by="lea@desk")
        return True

    made.permit.permission = think
    with pytest.raises(RefusedError, match="b is not serving"):
        made.before("a", why="driver", answers=yes)
    assert balancer.most_out == 1


def test_one_balancer_that_sends_it_requests_is_enough_to_serve() -> None:
    balancer = Balancer("a", "b", dead=("b",))
    two = {"lb": {"a": Rotated("a", "in", answers=True)}, "lb-2": {"a": Rotated("a", "out")}}
    balancer.rotation = lambda **_: two  # type: ignore[method-assign, assignment]
    with pytest.raises(RefusedError, match="not confirmed"):
        wave(balancer, "a", person=Answer(yes=False)).before("a", why="driver", answers=yes)


def test_what_another_took_over_is_left_to_it() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b")
    made.before("a", why="driver", answers=yes)
    made.taken_over("a")
    assert balancer.holds["a"]
    assert made.out == {}


def test_a_balancer_that_gave_no_answer_at_first_is_asked_again_at_the_end() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="deploy", reason="driver", by="mara@laptop")
    balancer.unreachable = True
    made = wave(balancer, "a")
    made.look()
    balancer.unreachable = False
    assert made.after("a", ok=True, answers=yes) is None
    assert balancer.holds["a"] == []
    balancer.unreachable = True
    made.look()
    away = made.after("b", ok=True, answers=yes)
    assert away is not None and not away.failed and "not known" in away.text


def test_balancers_are_disrupted_in_turn_and_with_permission() -> None:
    balancer, person = Balancer("a"), Answer(yes=False)
    made = wave(balancer, "lb", person=person)
    made.pools = {"balancers": ("lb",)}
    with pytest.raises(RefusedError, match="not confirmed"):
        made.before("lb", why="nginx is restarted", answers=yes)
    balancer.bare, person.asked = True, 0
    fresh = wave(balancer, "lb", person=person)
    fresh.pools = {"balancers": ("lb",)}
    fresh.before("lb", why="nginx is restarted", answers=yes)
    assert person.asked == 0


def test_without_a_balancer_the_node_itself_is_asked() -> None:
    balancer = Balancer("a", "b")
    balancer.bare = True
    made = wave(balancer, "a", "b")
    made.before("a", why="driver", answers=yes)
    waiting = gevent.spawn(made.before, "b", why="driver", answers=yes)
    gevent.sleep(0.05)
    assert not waiting.ready()
    made.after("a", ok=True, answers=yes)
    waiting.get(timeout=5)


def test_whoever_waits_stands_aside() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b")
    made.before("a", why="driver", answers=yes)
    steps = []

    @contextmanager
    def aside() -> Iterator[None]:
        steps.append("aside")
        yield
        steps.append("back")

    waiting = gevent.spawn(made.before, "b", why="driver", answers=yes, aside=aside)
    gevent.sleep(0.05)
    assert steps == ["aside"]
    made.after("a", ok=True, answers=yes)
    waiting.get(timeout=5)
    assert steps == ["aside", "back"]


def test_the_timeline_tells_each_step() -> None:
    balancer = Balancer("a", "b")
    balancer.left = 2
    made = wave(balancer, "a")
    act(made, "a")
    assert [moment.what.split(" after ")[0] for moment in made.moments] == [
        "leaves rotation: driver",
        "is out: 3 requests finished in 0.5 s, 2 cut",
        "is back in",
    ]


def judged(made: Wave, node: str, *, why: str | None, ok: bool = True) -> str | None:
    made.before(node, why="driver", answers=yes)
    away = made.after(node, ok=ok, answers=yes, shut=lambda: why)
    return away.text if away is not None else None


def test_a_node_that_does_not_pass_is_left_to_its_gate() -> None:
    balancer = Balancer("a", "b", "c")
    made = wave(balancer, "a", "b")
    told = judged(made, "a", why="base_system.check_x failed: found y")
    assert told is not None and "base_system.check_x failed: found y" in told
    assert [(hold.owner, hold.reason) for hold in balancer.holds["a"]] == [
        ("gate", "base_system.check_x failed: found y")
    ]
    with pytest.raises(RefusedError, match="a failed while it was out"):
        made.before("b", why="driver", answers=yes)


def test_a_node_that_passes_again_needs_its_gate_no_more() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="gate", reason="of another boot", by="mara@laptop")
    made = wave(balancer, "a", "b")
    made.look()
    assert made.after("a", ok=True, answers=yes, shut=lambda: None) is None
    assert balancer.holds["a"] == []


def test_a_node_held_by_its_gate_stays_there_until_it_passes() -> None:
    balancer = Balancer("a", "b")
    balancer.hold("a", owner="gate", reason="of another boot", by="mara@laptop")
    made = wave(balancer, "a", "b")
    made.look()
    away = made.after("a", ok=True, answers=yes, shut=lambda: "check_x failed")
    assert away is not None and away.failed
    assert [hold.owner for hold in balancer.holds["a"]][-1] == "gate"


def test_a_node_that_went_back_after_a_boot_is_left_to_its_gate() -> None:
    balancer = Balancer("a", "b")
    made = wave(balancer, "a", "b")
    assert judged(made, "a", why="it booted anew", ok=False) is not None
    assert [hold.owner for hold in balancer.holds["a"]] == ["gate"]


def test_beside_a_canary_the_others_are_still_deployed_in_turn() -> None:
    balancer = Balancer("a", "b", "c")
    balancer.canaries = {"b"}
    made = wave(balancer, "a", "b", "c")
    gevent.joinall([gevent.spawn(act, made, node) for node in "abc"], raise_error=True, timeout=20)
    assert (balancer.most_out, made.out, made.lost) == (1, {}, set())


def test_the_last_beside_a_canary_is_left_as_it_is_and_nobody_waits_for_ever() -> None:
    balancer = Balancer("a", "b")
    balancer.canaries = {"b"}
    made = wave(balancer, "a")
    made._changed.set()
    with pytest.raises(RefusedError, match="too few would be left; a was not disrupted"):
        gevent.spawn(made.before, "a", why="driver", answers=yes).get(timeout=5)
    assert balancer.holds == {"a": [], "b": []}


def test_a_spare_that_has_a_place_is_deployed_in_its_turn() -> None:
    balancer = Balancer("a", "b", "s", spares=("s",))
    balancer.hold("a", owner="swap", reason="s serves in its place", by="mara@laptop")
    made = wave(balancer, "s")
    made._changed.set()
    assert gevent.spawn(act, made, "s").get(timeout=5) is None
    assert balancer.keeps[-1] == 1

"""A node that is proven comes in, and is given time to be seen well."""

import gevent

from infra.comeback import held, keep_out, let_in
from infra.rotation import Hold, Rotated, Settled


class Balancer:
    """A balancer in memory; its watch lifts its hold a moment after it was put."""

    def __init__(self, *owners: str) -> None:
        self.holds = [self._hold(owner) for owner in owners]
        self.asked = 0
        self.lifted: list[str] = []

    @staticmethod
    def _hold(owner: str, reason: str = "r", by: str = "mara@laptop") -> Hold:
        return Hold(owner, reason, by, "2026-11-21T07:00:00Z")

    def rotation(
        self, *, probe: bool = False, patient: bool = False
    ) -> dict[str, dict[str, Rotated]]:
        self.asked += 1
        return {"lb": {"a": Rotated("a", "out" if self.holds else "in", tuple(self.holds))}}

    def hold(self, node: str, *, owner: str, reason: str, by: str, keep: int = 0) -> None:
        self.holds.append(self._hold(owner, reason, by))

    def settle(self, node: str, *, seconds: int) -> Settled:
        return Settled(0, 0, 0.0)

    def lift(self, node: str, *, owner: str) -> None:
        self.lifted.append(owner)
        self.holds = [hold for hold in self.holds if hold.owner != owner]


def test_a_proven_node_needs_its_gate_no_more() -> None:
    balancer = Balancer("deploy", "gate")
    assert let_in(balancer, "a", proven=True) == ""
    assert balancer.holds == []


def test_a_node_that_was_not_judged_stays_with_its_gate() -> None:
    balancer = Balancer("deploy", "gate")
    assert let_in(balancer, "a", proven=False) == "held by gate (mara@laptop: r)"


def test_a_watch_is_given_time() -> None:
    balancer = Balancer("deploy", "health")
    gevent.spawn_later(0.1, balancer.lift, "a", owner="health")
    assert let_in(balancer, "a", proven=True) == ""


def test_a_watch_lifts_its_own_hold_when_it_has_asked_the_node() -> None:
    balancer = Balancer("deploy")
    balancer.hold("a", owner="gate", reason="of another boot", by="infra-health")
    gevent.spawn_later(0.1, balancer.lift, "a", owner="gate")
    assert let_in(balancer, "a", proven=True) == ""
    assert balancer.lifted == ["deploy", "gate"]


def test_a_persons_hold_is_told_at_once() -> None:
    balancer = Balancer("deploy", "operator", "health")
    assert "held by operator" in let_in(balancer, "a", proven=True)
    assert balancer.asked == 1


def test_a_node_that_is_not_proven_is_left_to_its_gate() -> None:
    balancer = Balancer("deploy")
    keep_out(balancer, "a", why="check_x failed", by="mara@laptop")
    assert held(balancer, "a") == "held by gate (mara@laptop: check_x failed)"

"""Checks of a deploy's nodes are read once, and asked of a node role by role."""

from infra.bench import Bench
from infra.site import Node
from infra.wire import Answer
from roles.node_standing.settings import NodeStandingSettings


class Silent:
    """A node that answers nothing."""

    problem: str | None = None

    def open(self) -> None: ...

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        return Answer(1, b"", b"")


def node(name: str) -> Node:
    settings = {"node_standing": NodeStandingSettings(address="127.0.0.1")}
    return Node(name, "gpu_nodes", "127.0.0.1", settings)


def test_nodes_are_judged_one_by_one_by_the_checks_of_their_roles() -> None:
    bench = Bench([node("n"), node("m")])
    found = bench.judged("n", asked=Silent())
    assert {(one.node, one.role) for one in found} == {("n", "node_standing")}
    told = next(one for one in found if one.check == "check_standing_is_told")
    assert (told.verdict, told.reason) == ("failed", "127.0.0.1:8098 gives no answer: ")
    assert len(bench.judged("m", asked=Silent())) == len(found)


def test_other_roles_are_passed_over() -> None:
    assert bench_of_one({"base_system"}) == 0
    assert bench_of_one({"node_standing"}) > 0


def bench_of_one(roles: set[str]) -> int:
    return len(Bench([node("n")]).judged("n", asked=Silent(), roles=roles))


def test_a_bench_of_some_roles_reads_no_others() -> None:
    assert len(Bench([node("n")], roles={"base_system"}).judged("n", asked=Silent())) == 0

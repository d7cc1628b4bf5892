"""What balancers' logs tell, asked before and after."""

from infra.drill import losses
from infra.drill.lost import Lost
from infra.session import NoAnswerError
from infra.site import Node
from infra.wire import Answer
from roles.load_balancer import lost as logs
from roles.load_balancer.settings import LoadBalancerSettings

SETTINGS = LoadBalancerSettings(api_keys={"lab": "env:KEY"})
BALANCER = Node("balancer-1", "load_balancers", "10.0.0.9", {"load_balancer": SETTINGS})


class Host:
    """A balancer that answers; one that does not, without words."""

    problem: str | None = None

    def __init__(self, said: bytes | None) -> None:
        self.said = said

    def open(self) -> None: ...

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        if self.said is None:
            raise NoAnswerError("silent")
        return Answer(0, self.said, b"")


def counted(marks: dict[str, str], said: bytes | None) -> tuple[Lost, ...] | None:
    return losses.lost_since(
        marks, balancers=[BALANCER], node="gpu-2", connect=lambda node: Host(said)
    )


def test_marks_are_kept_as_the_balancer_gives_them() -> None:
    found = losses.marks([BALANCER], connect=lambda node: Host(b"1 2\n3 4\n"))
    assert found == {"balancer-1": "1 2\n3 4\n"}
    assert losses.marks([BALANCER], connect=lambda node: Host(None)) == {}


def test_nothing_lost_is_told_from_nothing_known() -> None:
    assert counted({"balancer-1": "1 2\n3 4\n"}, b"") == ()
    assert counted({"balancer-1": "1 2\n3 4\n"}, None) is None
    assert counted({}, b"") is None


def test_a_node_without_logs_has_none_to_ask() -> None:
    assert (
        losses.marks([Node("gpu-1", "gpu_nodes", "10.0.0.1", {})], connect=lambda node: Host(b""))
        == {}
    )
    assert logs.MARK_COMMAND

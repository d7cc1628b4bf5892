"""What people read of drift, word for word."""

from pathlib import Path

from rich.console import Console

from infra.drift import Drift, NodeDrift
from infra.report_drift import headline, lines

AWAY = NodeDrift("gpu-4", problem="unreachable: off")


def printed(*nodes: NodeDrift) -> list[str]:
    console = Console(width=100, highlight=False, color_system=None)
    with console.capture() as capture:
        for line in lines(Drift(nodes, 2.14), inventory=Path("inventories/lab.py")):
            console.print(line)
    return capture.get().splitlines()


def test_drift_is_told_role_by_role() -> None:
    assert printed(
        NodeDrift("gpu-1"),
        NodeDrift("gpu-2", {"gpu_driver": ("Hold packages", "Hold packages")}, ("a boot",)),
        NodeDrift("gpu-3", problem="gpu_driver: no source has it"),
    ) == [
        "Drift: a deploy would change 2 things on 2 nodes; of 1 node it could not be told (2.1 s)",
        "  gpu-2 · gpu_driver · Hold packages",
        "  gpu-2 · disrupted by it: a boot",
        "  gpu-3 · gpu_driver: no source has it",
        "  Do it with: infra deploy inventories/lab.py",
    ]


def test_a_node_that_is_away_is_counted_and_not_told_again() -> None:
    assert printed(NodeDrift("gpu-1"), AWAY) == [
        "No drift: a deploy would change nothing on 1 node; of 1 node it could not be told (2.1 s)"
    ]


def test_what_could_be_told_of_nobody_is_not_no_drift() -> None:
    assert printed(AWAY) == ["Drift is not known: of 1 node it could not be told (2.1 s)"]


def test_the_headline_is_one_sentence() -> None:
    one = Drift((NodeDrift("gpu-1", {"r": ("Write x",)}),))
    assert headline(one) == "Drift: a deploy would change 1 thing on 1 node"

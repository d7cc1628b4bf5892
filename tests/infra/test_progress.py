"""The live lines at three widths."""

import pytest
from rich.console import Console

from infra.outcome import NodeOutcome
from infra.progress import Lines
from infra.site import Node

NODES = tuple(
    Node(name, group, name, {})
    for name, group in (("gpu-1", "gpu_nodes"), ("balancer-1", "load_balancers"))
)
AWAY = NodeOutcome("balancer-1", "load_balancers", "unreachable", seconds=3)


def drawn(width: int) -> list[str]:
    console = Console(width=width, color_system=None)
    lines = Lines(console, NODES, title="lab", roles=())
    lines.operation("gpu-1", "gpu_driver", "Install [driver]", at=1, of=2)
    lines.node(AWAY)
    with console.capture() as capture:
        console.print(lines.table())
    return capture.get().splitlines()


@pytest.mark.parametrize(
    ("width", "group", "bar"), [(60, False, False), (80, False, True), (120, True, True)]
)
def test_the_group_goes_first_then_the_bar_and_what_is_done_stays(
    width: int, group: bool, bar: bool
) -> None:
    _, line, ended = drawn(width)
    assert "gpu_driver  Install [driver]" in line
    assert ("gpu_nodes" in line, "━" in line) == (group, bar)
    assert "✗ unreachable  0 changed, 0 as promised" in ended
    assert {len(line), len(ended)} == {width}

"""How reports say things."""

import pytest

from infra.lab.spec import LabEntry, LabGpu
from infra.site import Node
from infra.wording import counted, duration, listed, simulated_hardware


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (2.44, "2.4 s"),
        (59.96, "1 min 00 s"),
        (62.4, "1 min 02 s"),
        (3599.6, "1 h 00 min"),
        (11040, "3 h 04 min"),
    ],
)
def test_durations_are_read_at_a_glance(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_names_and_counts_make_a_sentence() -> None:
    assert [listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert [counted(number, "node") for number in (0, 1, 2)] == ["0 nodes", "1 node", "2 nodes"]


def node(name: str, *gpus: LabGpu) -> Node:
    return Node(name, "g", name, {}, lab=LabEntry(os="debian-13", gpus=gpus))


def test_simulated_gpus_are_named_where_they_are() -> None:
    card, other = LabGpu(), LabGpu(name="NVIDIA H100")
    nodes = [node("a", card, card), node("b", card, card), node("c", other, card), node("d")]
    assert simulated_hardware(nodes) == (
        "Simulated hardware: a, b (2 × NVIDIA GeForce RTX 3090 each); "
        "c (1 × NVIDIA H100 + 1 × NVIDIA GeForce RTX 3090)."
    )


def test_real_hardware_is_not_mentioned() -> None:
    assert simulated_hardware([Node("a", "g", "a", {}), node("d")]) is None

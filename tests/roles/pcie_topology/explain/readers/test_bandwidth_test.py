"""Copies between host and GPU are judged where they are large, pinned and of one device."""

import pytest

from roles.pcie_topology.explain import recognise
from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import bandwidth_test

RUN = """[CUDA Bandwidth Test] - Starting...
Running on...

 Device {index}: {card}
 Quick Mode

 Host to Device Bandwidth, 1 Device(s)
 PINNED Memory Transfers
   Transfer Size (Bytes)\tBandwidth(GB/s)
   32000000\t\t\t{up}

 Device to Host Bandwidth, 1 Device(s)
 PINNED Memory Transfers
   Transfer Size (Bytes)\tBandwidth(GB/s)
   32000000\t\t\t{down}

 Device to Device Bandwidth, 1 Device(s)
 PINNED Memory Transfers
   Transfer Size (Bytes)\tBandwidth(GB/s)
   32000000\t\t\t4366.8

Result = PASS
"""
LINE = (
    "bandwidthTest-H2D-Pinned, Bandwidth = {rate} GB/s, Time = 0.00100 s, Size = {size} bytes,"
    " NumDevsUsed = 1"
)


def run(index: int = 0, *, card: str = "NVIDIA A10", up: float = 26.1, down: float = 26.3) -> str:
    return RUN.format(index=index, card=card, up=up, down=down)


def by_size(*rates: tuple[int, float]) -> str:
    lines = [LINE.format(size=size, rate=rate) for size, rate in rates]
    return "\n".join(
        ["[CUDA Bandwidth Test]", " Device 0: Tesla V100-PCIE-32GB", *lines, "Result = PASS"]
    )


@pytest.mark.parametrize(
    ("card", "rate", "lanes"),
    [
        ("NVIDIA RTX 6000 Ada Generation", 26.8, "ok"),
        ("NVIDIA RTX 6000 Ada Generation", 13.1, "degraded"),
        ("Tesla V100-PCIE-32GB", 12.4, "ok"),
        ("NVIDIA H100 PCIe", 26.0, "degraded"),
        ("Tesla T4", 6.2, "inconclusive"),
        ("Tesla T4", 9.7, "ok"),
        ("Tesla T4", 3.1, "degraded"),
        ("NVIDIA RTX 6000 Ada Generation", 268.0, "unknown"),
        ("NVIDIA GB10", 58.0, "n/a"),
        ("NVIDIA Thing 9000", 26.0, "unknown"),
    ],
)
def test_lanes_are_judged_by_the_card(card: str, rate: float, lanes: str) -> None:
    assert bandwidth_test.judge(run(card=card, up=rate, down=rate)).lanes == lanes


def test_every_device_counts() -> None:
    found = bandwidth_test.judge(run(0) + run(1, up=13.0))
    assert (found.gpus, found.lanes) == (2, "degraded")
    assert found.findings[0].subject == "GPU 1"


def test_runs_between_commands_are_of_one_machine() -> None:
    text = f"{run(0)}\nuser@rig:~$ ./bandwidthTest --device=1\n{run(1, up=13.0)}"
    found = recognise.judged(text)
    assert (found.kind, found.gpus, found.lanes) == ("bandwidth-test", 2, "degraded")


def test_ways_are_not_compared_with_each_other() -> None:
    assert bandwidth_test.judge(run(card="Tesla V100-SXM2-16GB", up=9.6, down=13.2)).lanes == "ok"


def test_the_plateau_of_large_copies_is_judged() -> None:
    rates = (
        (1000, 0.4),
        (500_000, 3.0),
        (10_000_000, 12.4),
        (32_000_000, 10.5),
        (68_000_000, 12.3),
    )
    assert bandwidth_test.judge(by_size(*rates)).lanes == "ok"
    assert bandwidth_test.judge(by_size((1000, 0.4), (500_000, 12.4))).lanes == "unknown"


def test_older_tests_print_megabytes() -> None:
    text = run(card="Tesla P40", up=12012.3, down=12100.0).replace("(GB/s)", "(MB/s)")
    assert bandwidth_test.judge(text).lanes == "ok"


@pytest.mark.parametrize(
    "text",
    [
        run().replace("   32000000\t\t\t26.1\n", ""),
        run().replace("Result = PASS", ""),
        run().replace("PASS", "FAIL"),
        run().replace(" Device 0: NVIDIA A10\n", ""),
        run().replace("1 Device(s)", "2 Device(s)"),
        run().replace("PINNED", "PAGEABLE"),
        "[CUDA Bandwidth Test] - Starting...",
    ],
)
def test_what_is_missing_is_told(text: str) -> None:
    found = bandwidth_test.judge(text)
    assert found.lanes == "unknown"
    assert has_errors(found)

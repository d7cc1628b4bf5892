"""A text that holds several outputs is judged as a whole."""

import pytest

from roles.pcie_topology.explain import recognise, sections
from roles.pcie_topology.explain.judgement import Judgement

LIST = """\
user@rig:~$ nvidia-smi -L
GPU 0: NVIDIA GeForce RTX 3090 (UUID: GPU-1b2c)
GPU 1: NVIDIA GeForce RTX 3090 (UUID: GPU-9f8e)
"""
TOPO = """\
user@rig:~$ nvidia-smi topo -m
\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity
GPU0\t X \tNV3\t0-47\t0
GPU1\tNV3\t X \t0-47\t0
"""
GRANT = """\
user@rig:~$ nvidia-smi topo -p2p r
 \tGPU0\tGPU1\t
 GPU0\tX\tOK\t
 GPU1\tOK\tX\t
"""


def test_every_output_of_a_text_is_heard() -> None:
    judgement = recognise.judged(LIST + TOPO + GRANT)
    assert judgement.kind == "nvidia-smi-list + nvidia-smi-topo-m + nvidia-smi-topo-p2p"
    assert (judgement.gpus, judgement.p2p, judgement.nvlink) == (2, "unproven", "degraded")
    assert judgement.uuids == {"GPU-1b2c", "GPU-9f8e"}


def test_prose_around_one_output_does_not_make_it_two() -> None:
    judgement = recognise.judged(f"my rig\n\n{TOPO}\nthanks\n")
    assert (judgement.kind, judgement.nvlink) == ("nvidia-smi-topo-m", "degraded")


@pytest.mark.parametrize(
    ("words", "worst"),
    [
        (("ok", "degraded"), "degraded"),
        (("ok", "unknown"), "unknown"),
        (("ok", "inconclusive"), "inconclusive"),
        (("ok", "n/a"), "ok"),
    ],
)
def test_the_worst_part_speaks_for_all(words: tuple[str, str], worst: str) -> None:
    parts = [Judgement(kind="x", lanes=word) for word in words]  # type: ignore[arg-type]
    assert sections.joined(parts).lanes == sections.joined(parts[::-1]).lanes == worst


def test_a_measurement_proves_what_was_granted_and_a_refusal_speaks_against_both() -> None:
    granted, measured = Judgement(kind="g", p2p="unproven"), Judgement(kind="m", p2p="ok")
    assert sections.joined([granted, measured]).p2p == "ok"
    assert sections.joined([granted, measured, Judgement(kind="n", p2p="none")]).p2p == "none"

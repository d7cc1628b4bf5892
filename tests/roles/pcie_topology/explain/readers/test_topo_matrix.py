"""`nvidia-smi topo -m`: NVLink, groups, and tables that are cut."""

from collections.abc import Callable

import pytest

from roles.gpu_driver import cards
from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import topo_matrix

LEGEND = """
Legend:

  X    = Self
  PIX  = Connection traversing at most a single PCIe bridge
  NV#  = Connection traversing a bonded set of # NVLinks
"""
SWITCHED = """\
\tGPU0\tGPU1\tGPU2\tGPU3\tNIC0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID
GPU0\t X \tNV18\tNV18\tNV18\tPIX\t0-47,96-143\t0\t\tN/A
GPU1\tNV18\t X \tNV18\tNV18\tSYS\t0-47,96-143\t0\t\tN/A
GPU2\tNV18\tNV18\t X \tNV18\tSYS\t48-95,144-191\t1\t\tN/A
GPU3\tNV18\tNV18\tNV18\t X \tSYS\t48-95,144-191\t1\t\tN/A
NIC0\tPIX\tSYS\tSYS\tSYS\t X
"""
PLAIN = """\
        GPU0    GPU1    GPU2    CPU Affinity    NUMA Affinity   GPU NUMA ID
GPU0     X      SYS     SYS     8-15,24-31      1               N/A
GPU1    SYS      X      PHB     0-7,16-23       0               N/A
GPU2    SYS     PHB      X      0-7,16-23       0               N/A
"""
PAIR = """\
\tGPU0\tGPU1\tCPU Affinity\tNUMA Affinity
GPU0\t X \tNV3\t0-47\t\tN/A
GPU1\tNV3\t X \t0-47\t\tN/A
"""
WRAPPED = """\
        GPU0    GPU1    GPU2    GPU3    CPU Affinity    NUMA
Affinity   GPU NUMA ID
GPU0     X      NV18    NV18    NV18    0-71
0,3-9,11-17             2
GPU1    NV18     X      NV18
NV18    0-71    0,3-9,11-17             10
GPU2    NV18    NV18     X      NV18    72-143  1,19-25,27-33           18
GPU3    NV18    NV18    NV18     X      72-143  1,19-25,27-33           26
"""


def _errors(judgement: Judgement) -> list[str]:
    return [one.subject for one in judgement.findings if one.severity == "error"]


def _said(judgement: Judgement) -> str:
    return " ".join(f"{one.subject} {one.message} {one.advice}" for one in judgement.findings)


def test_a_full_mesh_is_present_and_nics_are_no_gpus() -> None:
    judgement = topo_matrix.judge(SWITCHED + LEGEND)
    assert (judgement.gpus, judgement.nvlink, judgement.p2p) == (4, "present", "n/a")
    assert _errors(judgement) == []


def test_a_wrapped_table_is_joined() -> None:
    judgement = topo_matrix.judge(WRAPPED)
    assert (judgement.gpus, judgement.nvlink, _errors(judgement)) == (4, "present", [])


def test_no_nvlink_is_absent_and_a_gpu_alone_on_its_socket_is_named() -> None:
    judgement = topo_matrix.judge(PLAIN + LEGEND)
    assert (judgement.gpus, judgement.nvlink) == (3, "absent")
    assert "Leave GPU0 out" in _said(judgement)


def test_groups_follow_the_numa_column_where_labels_say_sys() -> None:
    said = _said(topo_matrix.judge(PLAIN.replace("PHB", "SYS")))
    assert "GPU1-GPU2: SYS between GPUs of one NUMA node" in said
    assert "GPU0, GPU1-GPU2" in said


@pytest.mark.parametrize(
    "text",
    [f"$ nvidia-smi topo -mp\n{PLAIN}", PLAIN + LEGEND.partition("  NV#")[0]],
    ids=["by its command", "by its legend"],
)
def test_the_table_of_pcie_alone_hides_nvlink(text: str) -> None:
    assert topo_matrix.judge(text).nvlink == "unknown"


def test_three_links_of_a_pair_are_degraded() -> None:
    judgement = topo_matrix.judge(PAIR)
    assert (judgement.nvlink, _errors(judgement)) == ("degraded", ["GPU0-GPU1"])


def test_two_links_are_degraded_where_the_card_has_four() -> None:
    card = cards.by_name("NVIDIA GeForce RTX 3090")
    text = PAIR.replace("NV3", "NV2")
    assert topo_matrix.judge(text).nvlink == "present"
    assert topo_matrix.judge(text, card=card).nvlink == "degraded"


def test_one_gpu_has_no_pair() -> None:
    text = "\tGPU0\tCPU Affinity\tNUMA Affinity\tGPU NUMA ID\nGPU0\t X \t0-7\t0\t\tN/A\n"
    assert topo_matrix.matches(text)
    assert topo_matrix.judge(text).nvlink == "n/a"


@pytest.mark.parametrize(
    "harm",
    [
        lambda lines: lines[:2],
        lambda lines: lines[1:],
        lambda lines: [*lines[:3], lines[3][:20], *lines[4:]],
        lambda lines: [*lines[:2], lines[2].replace("NV18", "????", 1), *lines[3:]],
        lambda lines: [*lines[:2], lines[2].replace(" X ", "NV18"), *lines[3:]],
        lambda lines: [lines[0].replace("\tGPU3", ""), *lines[1:]],
        lambda lines: [lines[0].replace("\tGPU3", ""), *lines[1:4]],
        lambda lines: [lines[0].replace("GPU3", "GPU0"), *lines[1:4]],
        lambda lines: [lines[0].replace("GPU3", "GPU3333"), *lines[1:4]],
    ],
    ids=[
        *("one row", "no head", "cut row", "no cell", "no self", "not in head"),
        *("head cut", "twice in head", "head torn"),
    ],
)
def test_a_damaged_table_is_no_proof(harm: Callable[[list[str]], list[str]]) -> None:
    text = "\n".join(harm(SWITCHED.splitlines()))
    judgement = topo_matrix.judge(text)
    assert topo_matrix.matches(text)
    assert judgement.nvlink in ("unknown", "degraded")
    assert _errors(judgement)


@pytest.mark.parametrize("row", [1, 2, 3, 4])
def test_a_table_without_a_row_is_a_fault_though_each_pair_stands_in_two(row: int) -> None:
    text = "\n".join(_without_row(SWITCHED, row))
    judgement = topo_matrix.judge(text)
    assert (judgement.nvlink, judgement.gpus) == ("present", 4)
    assert _errors(judgement) == [f"GPU{row - 1}"]


def test_half_the_rows_tell_of_switches_and_not_of_a_mesh() -> None:
    assert topo_matrix.judge(_half(links=12)).nvlink == "present"
    assert topo_matrix.judge(_half(links=4)).nvlink == "unknown"
    assert topo_matrix.judge(_half(links=12).replace("NV12", "NV11", 1)).nvlink != "present"


def _without_row(text: str, row: int) -> list[str]:
    lines = text.splitlines()
    return lines[:row] + lines[row + 1 :]


def _half(*, links: int) -> str:
    """Half the rows of eight GPUs."""
    head = "\t".join(["", *(f"GPU{n}" for n in range(8)), "CPU Affinity", "NUMA Affinity"])
    cells = [[" X " if a == b else f"NV{links}" for b in range(8)] for a in range(4)]
    rows = ["\t".join([f"GPU{a}", *row, "0-7", "0"]) for a, row in enumerate(cells)]
    return "\n".join([head, *rows])


def test_a_cut_table_still_counts_the_gpus_of_its_head() -> None:
    assert topo_matrix.judge("\n".join(SWITCHED.splitlines()[:3])).gpus == 4


def test_a_table_of_grants_is_another_kind() -> None:
    assert not topo_matrix.matches(" \tGPU0\tGPU1\t\n GPU0\tX\tOK\t\n GPU1\tOK\tX\t\n")

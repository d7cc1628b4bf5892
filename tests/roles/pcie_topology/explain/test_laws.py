"""Laws of the readers of nvidia-smi's listings and tables: no crash, no lie."""

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain import judgement, recognise
from roles.pcie_topology.explain.readers import (
    gpu_list,
    nvlink,
    proc_version,
    smi_error,
    smi_help,
    smi_table,
    smi_version,
    topo_matrix,
    topo_p2p,
)

READERS = (
    *(gpu_list, nvlink, proc_version, smi_error, smi_help),
    *(smi_table, smi_version, topo_matrix, topo_p2p),
)
PIECES = st.sampled_from(
    [
        *("GPU0", "GPU1", "GPU7", "X", "NV3", "NV12", "SYS", "OK", "CNS", "U", "CPU", "Affinity"),
        *(
            "GPU 0: NVIDIA L4 (UUID: GPU-1)",
            "GPU 1: H100 80GB HBM3",
            "Link 0: 25 GB/s",
            "Link 999:",
        ),
        *(
            "Link 3: <inactive>",
            "Link 0: CRC Errors: 9",
            "all links are inActive",
            "[...]",
            "Legend:",
        ),
        *("| NVIDIA-SMI 580.1 Driver Version: 580.1 CUDA Version: 13 |", "NVML version : 580"),
        *("|   0  NVIDIA L4  On | 00000000:01:00.0 Off |", "ERR!", "GPU is lost", "NVRM version:"),
        *(
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  520.56.06",
            "\x1b[4m",
            "$ nvidia-smi",
            "٣",
        ),
        *(
            "\n",
            "\n",
            "\n",
            "\t",
            " ",
            "topo -mp",
            "topo -p2p n",
            "NV99999999999",
            "GPU" + "9" * 5000,
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map(" ".join))


def _mesh(size: int, links: int) -> str:
    head = "\t" + "\t".join(f"GPU{n}" for n in range(size)) + "\tCPU Affinity\tNUMA Affinity"
    rows = [
        "\t".join([f"GPU{a}", *(" X " if a == b else f"NV{links}" for b in range(size)), "0-7\t0"])
        for a in range(size)
    ]
    return "\n".join([head, *rows]) + "\n"


def _links(number: int) -> str:
    head = "GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-1b2c3d4e)"
    return "\n".join([head, *(f"\t Link {link}: 25 GB/s" for link in range(number))]) + "\n"


def _without(text: str, lines: set[int]) -> str:
    return "\n".join(line for at, line in enumerate(text.splitlines()) if at not in lines)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_no_text_makes_a_reader_fall(text: str) -> None:
    recognise.judged(text)
    for reader in READERS:
        reader.matches(text)
        reader.judge(text)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_harm_to_a_table_of_links_keeps_it_whole(data: st.DataObject) -> None:
    """A pair that loses links is never seen as present, and no row goes without a fault."""
    size, links = data.draw(st.sampled_from([(8, 18), (8, 12), (8, 8), (4, 4), (4, 6)]))
    text = _mesh(size, links)
    assert recognise.judged(text).nvlink == "present"
    gone = data.draw(st.sets(st.integers(0, size), max_size=size - 1))
    broken = data.draw(st.sets(st.sampled_from(list(combinations(range(size), 2))), max_size=3))
    harmed = _without(
        _broken(text, broken, data.draw(st.sampled_from(["SYS", "NODE", "NV1"]))), gone
    )
    after = recognise.judged(harmed)
    if any({one + 1, other + 1} - gone for one, other in broken):
        assert after.nvlink != "present"
    if gone:
        assert judgement.has_errors(after) or after.kind == recognise.UNKNOWN
    if broken and not gone:
        assert after.nvlink == "degraded"


def _broken(text: str, pairs: set[tuple[int, int]], word: str) -> str:
    rows = [line.split("\t") for line in text.splitlines()]
    for one, other in pairs:
        rows[one + 1][other + 1] = rows[other + 1][one + 1] = word
    return "\n".join("\t".join(row) for row in rows)


@settings(max_examples=150, deadline=None)
@given(st.sets(st.integers(0, 11), min_size=1), st.sampled_from(["", "<inactive>", "12.5 GB/s"]))
def test_no_harm_to_links_keeps_them_whole(links: set[int], instead: str) -> None:
    assert recognise.judged(_links(12)).nvlink == "present"
    lines = [
        f"\t Link {at - 1}: {instead}" if at - 1 in links and instead else line
        for at, line in enumerate(_links(12).splitlines())
        if instead or at - 1 not in links
    ]
    verdict = recognise.judged("\n".join(lines)).nvlink
    assert verdict == "degraded" if instead else verdict in ("unknown", "n/a")


@settings(max_examples=100, deadline=None)
@given(st.sets(st.integers(0, 3), max_size=3), st.sampled_from(["OK", "CNS", "U"]))
def test_a_grant_is_never_ok_and_less_than_all_rows_are_no_grant(gone: set[int], word: str) -> None:
    head = " \t" + "\t".join(f"GPU{n}" for n in range(4)) + "\t"
    rows = [f" GPU{a}\t" + "\t".join("X" if a == b else word for b in range(4)) for a in range(4)]
    text = "\n".join([head, *(row for at, row in enumerate(rows) if at not in gone)])
    verdict = recognise.judged(text).p2p
    whole = {"OK": "unproven", "CNS": "none", "U": "unknown"}[word]
    assert verdict == ("unknown" if gone else whole)

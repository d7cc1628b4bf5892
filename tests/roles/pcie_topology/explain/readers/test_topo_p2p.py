"""`nvidia-smi topo -p2p`: a grant is unproven, a refusal says why."""

import pytest

from roles.pcie_topology.explain.readers import topo_p2p

LEGEND = "\nLegend:\n\n  X    = Self\n  OK   = Status Ok\n  DR   = Disabled by regkey\n"


def _table(cells: str) -> str:
    rows = cells.split("/")
    head = " \t" + "\t".join(f"GPU{index}" for index in range(len(rows)))
    lines = [f" GPU{at}\t" + "\t".join(row.split()) + "\t" for at, row in enumerate(rows)]
    return "\n".join([head + "\t", *lines]) + "\n" + LEGEND


@pytest.mark.parametrize(
    ("cells", "p2p"),
    [
        ("X OK/OK X", "unproven"),
        ("X GNS/GNS X", "none"),
        ("X CNS/CNS X", "none"),
        ("X NS/NS X", "none"),
        ("X TNS/TNS X", "none"),
        ("X DR/DR X", "none"),
        ("X U/U X", "unknown"),
        ("X OK NS/OK X NS/NS NS X", "partial"),
        ("X OK U/OK X U/U U X", "unknown"),
        ("X", "n/a"),
        ("X OK/NS X", "unknown"),
    ],
)
def test_the_statuses_of_all_pairs_decide(cells: str, p2p: str) -> None:
    assert topo_p2p.matches(_table(cells))
    judgement = topo_p2p.judge(_table(cells))
    assert (judgement.p2p, judgement.gpus) == (p2p, cells.count("/") + 1)


def test_a_grant_says_that_it_proves_nothing() -> None:
    (finding,) = topo_p2p.judge(_table("X OK/OK X")).findings
    assert "nothing here shows that data arrives" in finding.message
    assert "disable-custom-all-reduce" in finding.advice


def test_a_refusal_by_the_chipset_is_a_warning_and_one_by_the_card_is_not() -> None:
    severities = {
        status: topo_p2p.judge(_table(f"X {status}/{status} X")).findings[0].severity
        for status in ("CNS", "GNS")
    }
    assert severities == {"CNS": "warning", "GNS": "info"}


def test_a_missing_row_is_an_error_and_no_grant() -> None:
    whole = _table("X OK OK/OK X OK/OK OK X")
    judgement = topo_p2p.judge("\n".join(one for one in whole.split("\n") if " GPU1" not in one))
    assert judgement.p2p == "unknown"
    assert [one.subject for one in judgement.findings if one.severity == "error"] == ["GPU1"]


@pytest.mark.parametrize(
    ("asked", "status", "p2p", "nvlink"),
    [
        ("r", "OK", "unproven", "n/a"),
        ("n", "OK", "unproven", "present"),
        ("n", "NS", "unknown", "absent"),
        ("a", "NS", "unknown", "n/a"),
    ],
)
def test_what_was_asked_for_decides_what_a_status_means(
    asked: str, status: str, p2p: str, nvlink: str
) -> None:
    table = _table(f"X {status}/{status} X")
    judgement = topo_p2p.judge(f"$ nvidia-smi topo -p2p {asked}\n{table}")
    assert (judgement.p2p, judgement.nvlink) == (p2p, nvlink)


def test_a_table_of_paths_is_another_kind() -> None:
    text = "\tGPU0\tCPU Affinity\tNUMA Affinity\nGPU0\t X \t0-7\t0\n"
    assert not topo_p2p.matches(text)

"""Grants, rates and latencies of p2pBandwidthLatencyTest are told apart and weighed."""

from collections.abc import Callable

import pytest

from roles.pcie_topology.explain.judgement import Judgement, has_errors
from roles.pcie_topology.explain.readers import p2p_bandwidth

Matrix = list[list[float]]


def device(index: int, name: str, *, bus: str) -> str:
    return f"Device: {index}, {name}, pciBusID: {bus}, pciDeviceID: 0, pciDomainID:0"


def matrix(title: str, rows: Matrix, *, corner: str = "D\\D") -> str:
    head = f"   {corner}" + "".join(f"{at:7}" for at in range(len(rows)))
    body = [f"{at:6}" + "".join(f"{cell:7.2f}" for cell in row) for at, row in enumerate(rows)]
    return "\n".join([title, head, *body, ""])


def connectivity(rows: list[list[int]]) -> str:
    head = "     D\\D" + "".join(f"{at:6}" for at in range(len(rows)))
    body = [f"{at:6}\t" + "".join(f"{cell:6}" for cell in row) for at, row in enumerate(rows)]
    return "\n".join(["P2P Connectivity Matrix", head, *body, ""])


def square(size: int, *, other: float, own: float = 800.0) -> Matrix:
    return [[own if row == column else other for column in range(size)] for row in range(size)]


def output(
    *,
    card: str = "NVIDIA RTX 6000 Ada Generation",
    size: int = 2,
    granted: int = 1,
    staged: float = 22.2,
    rate: float = 26.3,
    staged_latency: float | None = None,
    latency: float | None = None,
) -> str:
    buses = ("1", "41", "c1", "e1", "21", "22", "23", "24")
    blocks = [device(at, card, bus=buses[at]) for at in range(size)]
    grants = [[1 if row == column else granted for column in range(size)] for row in range(size)]
    blocks += [
        connectivity(grants),
        matrix("Unidirectional P2P=Disabled Bandwidth Matrix (GB/s)", square(size, other=staged)),
        matrix(
            "Unidirectional P2P=Enabled Bandwidth (P2P Writes) Matrix (GB/s)",
            square(size, other=rate, own=140.7),
        ),
    ]
    if latency is not None and staged_latency is not None:
        for state, figure in (("Disabled", staged_latency), ("Enabled", latency)):
            title = f"P2P={state} Latency Matrix (us)"
            blocks.append(matrix(title, square(size, other=figure, own=1.4), corner="GPU"))
            blocks.append(matrix("", square(size, other=figure / 2, own=2.0), corner="CPU"))
    return "\n".join(blocks)


def judged(text: str) -> Judgement:
    assert p2p_bandwidth.matches(text)
    return p2p_bandwidth.judge(text)


def test_the_rate_of_the_link_shows_peer_to_peer_and_whole_lanes() -> None:
    found = judged(output())
    assert (found.gpus, found.p2p, found.lanes, found.nvlink) == (2, "ok", "ok", "absent")
    assert found.cards["0000:41:00.0"] == "NVIDIA RTX 6000 Ada Generation"
    assert found.findings == ()


def test_the_rate_through_the_host_shows_nothing() -> None:
    assert judged(output(rate=22.3)).p2p == "unproven"


def test_latency_outweighs_bandwidth() -> None:
    assert judged(output(latency=11.2, staged_latency=11.5)).p2p == "unproven"
    assert judged(output(rate=22.3, latency=1.3, staged_latency=11.5)).p2p == "ok"


def test_no_grant_is_none_and_some_is_partial() -> None:
    assert judged(output(granted=0, rate=22.2)).p2p == "none"
    text = connectivity([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    found = judged(text)
    assert (found.p2p, found.lanes, found.nvlink) == ("partial", "n/a", "n/a")
    assert "0-2" in found.findings[0].message


def test_a_narrow_link_shows_in_both_rates() -> None:
    found = judged(output(card="NVIDIA GeForce RTX 4090", staged=6.3, rate=6.6))
    assert (found.p2p, found.lanes) == ("unproven", "degraded")
    assert "Gen4 x4" in " ".join(finding.message for finding in found.findings)


def test_a_slow_path_between_whole_links_is_not_blamed_on_lanes() -> None:
    found = judged(output(staged=22.0, rate=8.0))
    assert (found.p2p, found.lanes) == ("unproven", "ok")
    assert any("ACS" in finding.advice for finding in found.findings)


@pytest.mark.parametrize(
    ("card", "rate", "nvlink"),
    [
        ("NVIDIA H100 80GB HBM3", 376.0, "present"),
        ("NVIDIA H100 80GB HBM3", 310.0, "degraded"),
        ("NVIDIA H100 80GB HBM3", 40.0, "absent"),
        ("NVIDIA A100-SXM4-80GB", 275.0, "present"),
        ("NVIDIA A800-SXM4-80GB", 183.0, "present"),
        ("NVIDIA GeForce RTX 3090", 52.7, "present"),
        ("NVIDIA GeForce RTX 3090", 39.5, "degraded"),
        ("NVIDIA GeForce RTX 3090", 24.0, "absent"),
        ("NVIDIA GeForce RTX 4090", 52.7, "unknown"),
        ("NVIDIA Thing 9000", 376.0, "present"),
        ("NVIDIA Thing 9000", 24.0, "unknown"),
    ],
)
def test_nvlink_is_judged_by_the_card(card: str, rate: float, nvlink: str) -> None:
    assert judged(output(card=card, rate=rate)).nvlink == nvlink


def test_four_cards_without_a_switch_share_their_links() -> None:
    found = judged(output(card="NVIDIA A100-SXM4-40GB", size=4, rate=93.0))
    assert (found.nvlink, found.p2p) == ("present", "ok")


def test_a_cube_mesh_is_not_missing_links() -> None:
    text = output(card="Tesla V100-SXM2-16GB", size=3, rate=48.3)
    found = judged(text.replace("  48.30  48.30 140.70", "  48.30  10.10 140.70"))
    assert found.nvlink == "present"


def test_one_slow_pair_of_a_switch_is_degraded() -> None:
    text = output(card="NVIDIA H100 80GB HBM3", size=3, rate=376.0)
    found = judged(text.replace("376.00 376.00 140.70", "376.00 300.00 140.70"))
    assert (found.nvlink, has_errors(found)) == ("degraded", True)


def test_the_diagonal_is_never_judged() -> None:
    assert judged(output().replace("140.70", "  0.10")).findings == ()


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("     1  26.30 140.70\n", ""),
        lambda text: text[: text.rindex("26.30") + 4],
        lambda text: text.replace("Device: 1,", "Devise: 1,"),
        lambda text: text + output(size=3),
        lambda text: text.replace("Unidirectional P2P=Enabled", "?"),
    ],
)
def test_what_is_cut_is_not_good(damage: Callable[[str], str]) -> None:
    found = judged(damage(output()))
    assert found.p2p == "unknown"
    assert found.lanes != "ok"
    assert has_errors(found)


def test_of_two_runs_the_worse_counts() -> None:
    assert judged(output() + "\n" + output(rate=22.0)).p2p == "unproven"


def test_one_gpu_has_no_peers() -> None:
    assert judged(connectivity([[1]])).p2p == "n/a"

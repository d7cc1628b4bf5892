"""What the stand-in probe prints, as gpu_interconnect judges it."""

import shutil
from pathlib import Path

import pytest
from simulated_cards import HEALTHY
from simulated_host import boot, fault, probe, seen, smi

from roles.gpu_interconnect import grants, ladder, links, measured
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.judged import Judged
from roles.gpu_interconnect.measured import Measured
from roles.gpu_interconnect.state import State

pytestmark = pytest.mark.skipif(
    shutil.which("setpci") is None or shutil.which("busybox") is None, reason="no setpci, busybox"
)
SEVERAL = {kind: cards for kind, cards in HEALTHY.items() if len(cards) > 1}


def judge(root: Path) -> dict[str, Judged]:
    found = measured.parse(probe(root))
    assert isinstance(found, Measured), found
    evidence = Evidence(
        at="2026-11-21T10:00:00Z",
        state=State(driver="580.95.05", tree=seen(root)),
        links=links.parse(smi(root, "topo", "-m")),
        grants=grants.parse(smi(root, "topo", "-p2p", "r")),
        measured=found,
        error="",
        probe="sha256:00",
    )
    assert evidence.simulated
    return ladder.judge(evidence, given={})


@pytest.mark.parametrize("cards", SEVERAL.values(), ids=SEVERAL)
def test_nothing_fails_on_healthy_hosts(tmp_path: Path, cards: tuple[object, ...]) -> None:
    boot(tmp_path, *cards)  # type: ignore[arg-type]
    found = judge(tmp_path)
    assert {rung: one.why for rung, one in found.items() if one.verdict == "failed"} == {}
    open_ = {rung: one.why for rung, one in found.items() if one.verdict == "unproven"}
    if any(card.mig for card in cards):  # type: ignore[attr-defined]
        assert open_.pop("link").startswith("MIG is on")
    assert open_ == {}


@pytest.mark.parametrize("kind", ["NV12 of A100", "NV8 of A800", "full speed at idle"])
def test_bonded_cards_are_proven_on_every_rung(tmp_path: Path, kind: str) -> None:
    boot(tmp_path, *HEALTHY[kind])
    assert {one.verdict for one in judge(tmp_path).values()} == {"proven"}


@pytest.mark.parametrize(
    ("name", "rung"),
    [
        ("p2p-garbage", "copy"),
        ("p2p-slow", "speed"),
        ("p2p-hang", "copy"),
        ("collective-garbage", "collective"),
        ("concurrent-garbage", "concurrent"),
    ],
)
@pytest.mark.parametrize("kind", ["idle at Gen1", "NV12 of A100"])
def test_each_fault_fails_its_rung(tmp_path: Path, kind: str, name: str, rung: str) -> None:
    boot(tmp_path, *HEALTHY[kind])
    fault(tmp_path, name)
    assert judge(tmp_path)[rung].verdict == "failed"
    fault(tmp_path, name, off=True)
    assert judge(tmp_path)[rung].verdict != "failed"


def test_a_missing_nvlink_shows_in_the_matrix(tmp_path: Path) -> None:
    boot(tmp_path, *HEALTHY["NV12 of A100"])
    before = links.parse(smi(tmp_path, "topo", "-m"))
    fault(tmp_path, "nvlink-missing")
    assert before.kind(0, 3) == "NV12"
    assert links.parse(smi(tmp_path, "topo", "-m")).kind(0, 3) == "NV11"


def test_a_refusal_shows_in_the_grants(tmp_path: Path) -> None:
    boot(tmp_path, *HEALTHY["NV12 of A100"])
    assert grants.parse(smi(tmp_path, "topo", "-p2p", "r")).refused == {}
    fault(tmp_path, "p2p-refused")
    assert set(grants.parse(smi(tmp_path, "topo", "-p2p", "r")).refused.values()) == {"DR"}

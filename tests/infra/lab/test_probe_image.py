"""The stand-in probe: what it prints follows the cards' data."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import simulated_host
from simulated_host import boot, program

from infra.lab.probe_image import PROGRAM
from infra.lab.spec import LabGpu, LabNvlink

PEER = "GPU-00000000-0000-0000-0000-000000000002"
BRIDGED = (
    LabGpu(nvlinks=(LabNvlink(to="0000:c1:00.0", links=4),)),
    LabGpu(bdf="0000:c1:00.0", uuid=PEER, nvlinks=(LabNvlink(to="0000:41:00.0", links=4),)),
)
PLAIN = (LabGpu(), LabGpu(bdf="0000:c1:00.0", uuid=PEER, width=8))
needs_busybox = pytest.mark.skipif(shutil.which("busybox") is None, reason="no busybox here")
pytestmark = needs_busybox


def probe(root: Path, *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(simulated_host.probe(root, *words))
    return found


def test_it_says_that_it_is_simulated(tmp_path: Path) -> None:
    boot(tmp_path, *PLAIN)
    found = probe(tmp_path)
    assert (found["format"], found["simulated"]) == (1, True)
    assert [gpu["uuid"] for gpu in found["gpus"]] == [LabGpu().uuid, PEER]


def test_refused_peers_are_staged_and_as_slow_as_their_narrowest_link(tmp_path: Path) -> None:
    boot(tmp_path, *PLAIN)
    (pair, _) = probe(tmp_path)["pairs"]
    assert pair["peer_access"] is False
    assert pair["gb_per_s"] == pair["staged_gb_per_s"] < 13.05
    assert probe(tmp_path)["concurrent"] == []


def test_bridged_cards_are_faster_than_their_bus(tmp_path: Path) -> None:
    boot(tmp_path, *BRIDGED)
    found = probe(tmp_path)
    assert all(pair["peer_access"] and pair["gb_per_s"] > 40 for pair in found["pairs"])
    assert [each["to"] for each in found["concurrent"]] == [[1], [0]]


@pytest.mark.parametrize(
    ("fault", "rung", "key"),
    [
        ("p2p-garbage", "pairs", "wrong_bytes"),
        ("p2p-hang", "pairs", "error"),
        ("collective-garbage", "collectives", "wrong"),
        ("concurrent-garbage", "concurrent", "wrong_bytes"),
        ("host-garbage", "alone", "wrong_bytes"),
    ],
)
def test_each_fault_shows_on_its_own_rung(tmp_path: Path, fault: str, rung: str, key: str) -> None:
    boot(tmp_path, *BRIDGED)
    program(tmp_path, "card", "all", "set", f"data={fault}")
    assert any(each.get(key) for each in probe(tmp_path)[rung])
    program(tmp_path, "card", "all", "unset", "data")
    assert not any(each.get(key) for each in probe(tmp_path)[rung])


def test_a_collectives_control_without_peers_stays_right(tmp_path: Path) -> None:
    boot(tmp_path, *BRIDGED)
    program(tmp_path, "card", "all", "set", "data=collective-garbage")
    wrong = {each["p2p"]: each["wrong"] for each in probe(tmp_path)["collectives"]}
    assert wrong[True] > 0
    assert wrong[False] == 0


def test_groups_are_measured_beside_all(tmp_path: Path) -> None:
    boot(tmp_path, *BRIDGED, LabGpu(bdf="0000:81:00.0", uuid="GPU-3"))
    found = probe(tmp_path, "--groups", "0,1")["collectives"]
    assert {tuple(each["gpus"]) for each in found} == {(0, 1, 2), (0, 1)}


def test_without_a_card_it_fails_as_cuda_does(tmp_path: Path) -> None:
    boot(tmp_path)
    assert "no device" in probe(tmp_path)["error"]


def test_it_needs_no_program_but_its_images(tmp_path: Path) -> None:
    assert os.access(PROGRAM, os.R_OK)
    assert PROGRAM.read_text().startswith("#!/bin/sh\n# LAB STAND-IN")

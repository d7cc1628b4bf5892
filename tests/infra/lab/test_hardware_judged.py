"""Simulated hardware as pcie_topology reads it: faults are named, healthy variety is not."""

import shutil
from pathlib import Path

import pytest
from simulated_cards import HEALTHY, VIRTUAL
from simulated_host import boot, fault, program, seen

from infra.lab.spec import LabGpu
from roles.pcie_topology import acs, bars, iommu, kernel, lanes, manifest, places
from roles.pcie_topology.promised import Manifest
from roles.pcie_topology.tree import Tree

pytestmark = pytest.mark.skipif(shutil.which("setpci") is None, reason="no setpci here")


def said(root: Path, tree: Tree, *, learned: Manifest) -> dict[str, list[str]]:
    """What each judgement finds, by the check that makes it."""
    log = [f"kernel {line}" for line in program(root, "dmesg").splitlines()]
    acs_found = (
        acs.faults(tree, promised="checked")
        if acs.not_judged(tree, promised="checked") is None
        else []
    )
    promised = "no_translation"
    iommu_found = (
        iommu.faults(tree, promised=promised)
        if iommu.not_judged(tree, promised=promised) is None
        else []
    )
    found = {
        "check_every_promised_gpu_is_on_the_bus": places.missing(
            tree, manifest=learned, count=None
        ),
        "check_every_gpu_is_in_its_promised_slot": places.moved(tree, manifest=learned),
        "check_every_gpu_has_the_lanes_its_slot_gives": lanes.narrow(
            tree, given={}, manifest=learned
        ),
        "check_links_are_fast_while_gpus_work": lanes.slow(tree, given={}, manifest=learned),
        "check_bridges_above_gpus_do_not_redirect": acs_found,
        "check_iommu_is_as_promised": iommu_found,
        "check_bar1_holds_the_memory": bars.faults(tree, holds_memory=False, manifest=learned),
        "check_kernel_reports_no_narrow_link": kernel.narrow(tree, log, given={}, manifest=learned),
        "check_no_gpu_fell_off_the_bus": kernel.lost(tree, log, manifest=learned),
    }
    return {check: sentences for check, sentences in found.items() if sentences}


@pytest.mark.parametrize("cards", HEALTHY.values(), ids=HEALTHY)
def test_healthy_variety_raises_no_alarm(tmp_path: Path, cards: tuple[LabGpu, ...]) -> None:
    boot(tmp_path, *cards)
    tree = seen(tmp_path)
    assert len(tree.gpus) == len(cards)
    assert said(tmp_path, tree, learned=manifest.learned(tree, day="2026-11-21")) == {}
    assert lanes.untold(tree) == []


@pytest.mark.parametrize("cards", VIRTUAL.values(), ids=VIRTUAL)
def test_a_healthy_virtual_machine_raises_no_alarm(
    tmp_path: Path, cards: tuple[LabGpu, ...]
) -> None:
    boot(tmp_path, *cards)
    tree = seen(tmp_path, virtual="kvm")
    assert said(tmp_path, tree, learned=manifest.learned(tree, day="2026-11-21")) == {}


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("narrow-slot", "check_every_gpu_has_the_lanes_its_slot_gives"),
        ("gen1-under-load", "check_links_are_fast_while_gpus_work"),
        ("lost-card", "check_every_promised_gpu_is_on_the_bus"),
        ("moved-card", "check_every_gpu_is_in_its_promised_slot"),
        ("xid-79", "check_no_gpu_fell_off_the_bus"),
        ("acs-on", "check_bridges_above_gpus_do_not_redirect"),
        ("iommu-translating", "check_iommu_is_as_promised"),
        ("rebar-off", "check_bar1_holds_the_memory"),
        ("kernel-limited", "check_kernel_reports_no_narrow_link"),
    ],
)
@pytest.mark.parametrize("kind", ["idle at Gen1", "two switches"])
def test_a_fault_is_named_and_healed(tmp_path: Path, kind: str, name: str, check: str) -> None:
    boot(tmp_path, *HEALTHY[kind])
    learned = manifest.learned(seen(tmp_path), day="2026-11-21")
    fault(tmp_path, name)
    assert check in said(tmp_path, seen(tmp_path), learned=learned)
    fault(tmp_path, name, off=True)
    assert said(tmp_path, seen(tmp_path), learned=learned) == {}

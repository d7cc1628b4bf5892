import subprocess

import pytest

from infra.lab import faults
from infra.lab.shell import LabError
from infra.lab.spec import LabGpu, LabHost

NAMED = frozenset(
    (
        *("narrow-slot", "gen1-under-load", "lost-card", "moved-card", "xid-79", "driver-mismatch"),
        *("wrong-flavour", "acs-on", "iommu-translating", "rebar-off", "aer-growth"),
        *("replay-growth", "kernel-limited", "p2p-garbage", "p2p-slow", "p2p-hang"),
        *("collective-garbage", "concurrent-garbage", "p2p-refused", "nvlink-missing"),
        *("fabricmanager-skew", "stale-cdi", "second-cdi-spec", "toolkit-old"),
        *("no-module-next-kernel", "dkms-broken", "headers-missing", "unheld-package"),
        *("unheld-kernel", "second-origin", "unattended-upgrades-free", "persistence-off"),
        *("nouveau-loaded", "secure-boot-unsigned", "user-space-moved"),
    )
)


def host(*gpus: LabGpu) -> LabHost:
    return LabHost(name="absent", address="10.77.0.9", user="root", os="debian-13", gpus=gpus)


def test_the_faults_that_are_counted_on_are_there() -> None:
    assert set(faults.faults()) >= NAMED


def test_each_fault_has_a_cause_of_its_own() -> None:
    known = faults.faults().values()
    assert len({fault.sentence for fault in known}) == len(known)
    assert len({fault.put for fault in known}) == len(known)
    assert all(fault.sentence.endswith(".") for fault in known)


@pytest.mark.parametrize("name", faults.faults())
@pytest.mark.parametrize("off", [False, True])
def test_its_shell_text_parses(name: str, off: bool) -> None:
    text = faults.script(faults.faults()[name], off=off)
    subprocess.run(["sh", "-n"], input=text.encode(), check=True)


@pytest.mark.parametrize("name", faults.faults())
def test_what_it_needs_is_known(name: str) -> None:
    for need in faults.faults()[name].needs:
        assert f"\n    {need}) " in faults.WORDS.read_text()


def test_only_putting_asks_for_what_it_needs() -> None:
    fault = faults.faults()["nvlink-missing"]
    assert "\nneed nvlink\n" in faults.script(fault, off=False)
    assert "\nneed nvlink\n" not in faults.script(fault, off=True)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(LabError, match="no such fault: narow-slot; did you mean narrow-slot"):
        faults.put(host(LabGpu()), "narow-slot")


def test_a_host_without_cards_cannot_have_a_fault() -> None:
    with pytest.raises(LabError, match="absent has no simulated GPUs"):
        faults.put(host(), "narrow-slot")


def test_a_host_that_is_not_up_says_so() -> None:
    with pytest.raises(LabError, match="absent is not up"):
        faults.heal(host(LabGpu()), "narrow-slot")

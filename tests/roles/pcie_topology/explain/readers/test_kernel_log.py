"""Kernel lines of every origin are judged: Xids, flavours, narrow links, bus errors."""

import pytest

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import kernel_log

GPU = "pci 0000:41:00.0: [10de:2204] type 00 class 0x030000 PCIe Legacy Endpoint\n"
NARROW = (
    "[    8.1] {who}: 63.012 Gb/s available PCIe bandwidth, limited by 8.0 GT/s PCIe x8 link at "
    "0000:40:01.1 (capable of 252.048 Gb/s with 16.0 GT/s PCIe x16 link)\n"
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[1.0] NVRM: The NVIDIA GPU 0000:03:00.0 (PCI ID: 10de:2bb1)\n"
            "[1.0] NVRM: installed in this system requires use of the NVIDIA open kernel modules.",
            "0000:03:00.0 (PCI ID: 10de:2bb1) needs the open",
        ),
        (
            "NVRM: The NVIDIA GPU 0000:17:00.0 (PCI ID: 10de:1b38) installed in this system\n"
            "NVRM: is not supported by open nvidia.ko because it does not include the\n"
            "NVRM: required GPU System Processor (GSP).",
            "has no GSP",
        ),
        (
            "NVRM: The NVIDIA vGPU 10de:2236\nNVRM: is not supported by open nvidia.ko",
            "GRID",
        ),
        (
            "NVRM: The NVIDIA Tesla V100 GPU installed in this system is\n"
            "NVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please\nNVRM:  visit x",
            "580.xx only",
        ),
        (
            "NVRM: API mismatch: the client has the version 580.95.05, but\n"
            "NVRM: this kernel module has the version 580.82.07.  Please",
            "580.82.07",
        ),
        ("modprobe: ERROR: could not insert 'nvidia': Key was rejected by service", "Secure Boot"),
        ("NVRM: Can't find an IRQ for your NVIDIA card!", "interrupt"),
        ("NVRM: GPU 0000:41:00.0: RmInitAdapter failed! (0x23:0x65:1401)", "initialise"),
        ("NVRM: The NVIDIA probe routine was not called for 1 device(s).", "another driver"),
        ("NVRM: GPU 0000:41:00.0: GPU has fallen off the bus.", "Xid 79 on 0000:41:00.0"),
    ],
)
def test_a_fault_is_an_error(text: str, words: str) -> None:
    assert kernel_log.matches(text)
    found = kernel_log.judge(text)
    assert has_errors(found)
    assert any(words in f"{it.message} {it.advice}" for it in found.findings)


def test_a_line_that_repeats_is_told_once() -> None:
    text = "".join(f"[{at}.0] NVRM: Xid (PCI:0000:41:00): 48, pid=1\n" for at in range(3))
    (finding,) = kernel_log.judge(text).findings
    assert finding.message.endswith("3 times")


def test_failed_links_are_told() -> None:
    assert kernel_log.judge("NVRM: Xid (PCI:0000:41:00): 74, pid=1").nvlink == "degraded"
    mild = "nvidia-nvswitch2: SXid (PCI:0000:85:00.0): 12028, Non-fatal, Link 61 egress"
    assert kernel_log.judge(mild).nvlink == "n/a"


def test_a_narrow_link_of_a_gpu_is_degraded() -> None:
    for who, text in (("pci 0000:41:00.0", GPU), ("nvidia 0000:41:00.0", "")):
        found = kernel_log.judge(text + NARROW.format(who=who))
        assert (found.lanes, has_errors(found)) == ("degraded", True)
        assert "x8 link at 0000:40:01.1" in found.findings[0].message


def test_a_narrow_link_of_a_nic_is_blamed_on_no_gpu() -> None:
    found = kernel_log.judge(GPU + NARROW.format(who="mlx5_core 0000:9c:00.0"))
    assert (found.findings[0].subject, has_errors(found)) == ("NIC 0000:9c:00.0", False)


def test_a_narrow_link_of_the_chipset_is_nothing() -> None:
    found = kernel_log.judge(NARROW.format(who="pci 0000:02:00.0"))
    assert (found.lanes, {it.severity for it in found.findings}) == ("n/a", {"info"})


def test_bus_errors_of_gpus_are_counted() -> None:
    line = "nvidia 0000:41:00.0: PCIe Bus Error: severity={0}, type=Physical Layer, (Receiver ID)\n"
    found = kernel_log.judge(line.format("Corrected") * 5)
    assert ("5 PCIe errors" in found.findings[0].message, has_errors(found)) == (True, False)
    assert has_errors(kernel_log.judge(line.format("Uncorrected (Fatal)")))
    other = line.format("Corrected").replace("nvidia 0000:41", "nvme 0000:01")
    assert {it.severity for it in kernel_log.judge(other).findings} == {"info"}


def test_a_quiet_log_is_a_log() -> None:
    text = "[    0.000000] Linux version 6.8.0\n[    0.100000] ACPI: bus type PCI registered\n"
    assert kernel_log.matches(text)
    assert not has_errors(kernel_log.judge(text))
    assert not kernel_log.matches("hello\nworld\n")

import pytest

from roles.pcie_topology.explain.pci_device import cards, count, devices, fabric, heading

GPU = "41:00.0 VGA compatible controller: NVIDIA Corporation GA102 [GeForce RTX 3090] (rev a1)"
NUMBERED = (
    "0002:00:00.0 3D controller [0302]: NVIDIA Corporation X [A100 PCIe] [10de:20f1] (rev a1)"
)
DIGITS = "01:00.0 0302: 10de:2330 (rev a1)"
AUDIO = "41:00.1 Audio device: NVIDIA Corporation GA102 High Definition Audio Controller (rev a1)"
AMD = "03:00.0 VGA compatible controller: Advanced Micro Devices, Inc. [AMD/ATI] Navi (rev c8)"
NVSWITCH = "05:00.0 Bridge [0680]: NVIDIA Corporation Device [10de:1af1] (rev a1)"
PLX = "04:08.0 PCI bridge: PLX Technology, Inc. PEX 8747 Switch (rev ca)"
HOST = "00:00.0 Host bridge [0600]: Intel Corporation Device [8086:29c0]"


@pytest.mark.parametrize(
    ("line", "is_gpu"),
    [(GPU, True), (NUMBERED, True), (DIGITS, True), (AUDIO, False), (AMD, False)],
)
def test_only_nvidias_display_functions_are_gpus(line: str, is_gpu: bool) -> None:
    device = heading(line)
    assert device is not None
    assert device.is_gpu is is_gpu


def test_a_name_stands_in_brackets_and_an_id_apart() -> None:
    assert cards(devices(GPU)) == {"0000:41:00.0": "GeForce RTX 3090"}
    assert cards(devices(NUMBERED)) == {"0002:00:00.0": "A100 PCIe"}


def test_a_card_is_known_by_name_or_number() -> None:
    for line in (GPU, DIGITS):
        device = heading(line)
        assert device is not None
        assert device.card is not None


def test_lines_without_a_heading_are_a_device_without_an_address() -> None:
    assert [device.address for device in devices(f"{GPU}\n\tLnkSta: x\n\n\tLnkSta: y\n")] == [
        "0000:41:00.0",
        "",
    ]


def test_an_excerpt_without_gpus_counts_none_and_a_whole_listing_zero() -> None:
    assert count(devices(AMD)) is None
    assert count(devices(f"{HOST}\n{AMD}")) == 0
    assert count(devices(f"{HOST}\n{GPU}")) == 1


def test_switches_are_told() -> None:
    assert [finding.subject for finding in fabric(devices(f"{NVSWITCH}\n{PLX}"))] == [
        "NVSwitch",
        "PCIe switch",
    ]


def test_a_kernel_line_is_no_heading() -> None:
    assert heading("pci 0000:01:00.0: 31.5 Gb/s available PCIe bandwidth") is None

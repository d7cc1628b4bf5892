import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import lspci_verbose

PORT = """\
{address} PCI bridge: Intel Corporation Device 347a (rev 04) (prog-if 00 [Normal decode])
\tBus: primary=00, secondary={bus}, subordinate={bus}, sec-latency=0
\tCapabilities: [40] Express (v2) Root Port (Slot+), MSI 00
\t\tLnkCap:\tPort #1, Speed {cap}GT/s, Width x16, ASPM not supported
\t\tLnkSta:\tSpeed {speed}GT/s, Width x{width}
\tCapabilities: [148 v1] Access Control Services
\t\tACSCtl:\tSrcValid- TransBlk- ReqRedir{acs} CmpltRedir- UpstreamFwd- EgressCtrl- DirectTrans-
\tKernel driver in use: pcieport

"""
GPU = """\
{bus}:00.0 3D controller: NVIDIA Corporation GA102GL [A40] (rev a1)
\tRegion 1: Memory at 3f000000000 (64-bit, prefetchable) [size=64G]
\tCapabilities: [78] Express (v2) Endpoint, MSI 00
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16, ASPM L1
\t\tLnkSta:\tSpeed {speed}GT/s, Width x{width}
\tKernel driver in use: {driver}

"""
NIC = """\
05:00.0 Ethernet controller: Some Maker Adapter
\t\tLnkCap:\tPort #0, Speed 16GT/s, Width x16
\t\tLnkSta:\tSpeed 16GT/s, Width x4 (downgraded)
"""


def port(bus: str, *, width: int = 16, speed: str = "16", cap: str = "16", acs: str = "-") -> str:
    address = f"00:{bus}.0"
    return PORT.format(address=address, bus=bus, width=width, speed=speed, cap=cap, acs=acs)


def gpu(bus: str, *, width: int = 16, speed: str = "16", driver: str = "nvidia") -> str:
    return GPU.format(bus=bus, width=width, speed=speed, driver=driver)


WHOLE = port("01") + gpu("01") + port("02") + gpu("02")


def severities(text: str) -> set[str]:
    return {finding.severity for finding in lspci_verbose.judge(text).findings}


def test_a_whole_listing_is_ok() -> None:
    found = lspci_verbose.judge(WHOLE)
    assert (found.lanes, found.gpus, found.p2p) == ("ok", 2, "unproven")
    assert severities(WHOLE) == {"info"}
    assert dict(found.cards) == {"0000:01:00.0": "A40", "0000:02:00.0": "A40"}


@pytest.mark.parametrize(
    ("text", "lanes"),
    [
        (gpu("01"), "ok"),
        (gpu("01", width=8), "degraded"),
        (gpu("01", speed="2.5"), "inconclusive"),
        (port("01", width=8) + gpu("01"), "degraded"),
        (port("01", cap="8", speed="8") + gpu("01", speed="8"), "ok"),
        (NIC, "n/a"),
        (gpu("01") + NIC, "ok"),
    ],
)
def test_the_weakest_link_to_the_root_counts(text: str, lanes: str) -> None:
    assert lspci_verbose.judge(text).lanes == lanes


def test_another_devices_narrow_link_is_no_gpus_fault() -> None:
    assert severities(gpu("01") + NIC) == {"info"}


def test_a_redirect_above_a_gpu_is_an_error() -> None:
    assert "error" in severities(port("01", acs="+") + gpu("01") + port("02") + gpu("02"))


def test_an_excerpt_without_a_heading_is_of_the_device_that_was_asked_about() -> None:
    words = "LnkSta: Speed 5GT/s (downgraded), Width x1 (downgraded)"
    assert lspci_verbose.judge(words).lanes == "degraded"
    assert lspci_verbose.judge("LnkSta: Speed 16GT/s, Width x16").lanes == "unknown"
    able = "LnkCap: Port #0, Speed 16GT/s, Width x16\n"
    assert lspci_verbose.judge(able + "LnkSta: Speed 2.5GT/s, Width x16").lanes == "inconclusive"


def test_links_of_several_devices_without_headings_are_unknown() -> None:
    words = "LnkSta: Speed 5GT/s (downgraded), Width x1 (downgraded)\n"
    assert lspci_verbose.judge(words * 2).lanes == "unknown"


def test_a_heading_that_was_cut_off_leaves_no_ok() -> None:
    assert lspci_verbose.judge(gpu("01") + gpu("02", width=8).split("\n", 1)[1]).lanes == "unknown"
    merged = gpu("01").rstrip() + "\n" + gpu("02", width=8).split("\n", 1)[1]
    assert lspci_verbose.judge(merged).lanes == "unknown"


def test_what_is_hidden_without_root_is_unknown() -> None:
    denied = f"{gpu('01').splitlines()[0]}\n\tFlags: fast devsel\n\tCapabilities: <access denied>\n"
    found = lspci_verbose.judge(denied)
    assert (found.lanes, found.gpus) == ("unknown", 1)
    assert any("root" in finding.advice for finding in found.findings)


def test_another_driver_than_nvidias_is_told() -> None:
    assert "error" in severities(gpu("01", driver="nouveau"))
    assert "warning" in severities(gpu("01", driver="vfio-pci"))


def test_it_is_recognised() -> None:
    assert lspci_verbose.matches(WHOLE)
    assert lspci_verbose.matches("LnkSta: Speed 5GT/s, Width x1")
    assert not lspci_verbose.matches("ACSCtl: SrcValid- TransBlk-")
    assert not lspci_verbose.matches(NIC.splitlines()[0])


@settings(deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 400), st.text(max_size=20))
def test_no_damage_raises(start: int, length: int, put: str) -> None:
    lspci_verbose.judge(WHOLE[:start] + put + WHOLE[start + length :])


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    lspci_verbose.matches(text)
    lspci_verbose.judge(text)

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import link_sysfs

SYS = "/sys/bus/pci/devices/{address}/"


def listing(address: str = "0000:41:00.0", **changed: str) -> str:
    values = {
        "class": "0x030200",
        "current_link_speed": "16.0 GT/s PCIe",
        "current_link_width": "16",
        "device": "0x2235",
        "max_link_speed": "16.0 GT/s PCIe",
        "max_link_width": "16",
        "vendor": "0x10de",
    }
    where = SYS.format(address=address)
    return "".join(f"{where}{key}:{value}\n" for key, value in {**values, **changed}.items())


def bare(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if "_link_" in line)


@pytest.mark.parametrize(
    ("text", "lanes"),
    [
        (listing(), "ok"),
        (listing(current_link_width="8"), "degraded"),
        (listing(current_link_speed="2.5 GT/s PCIe"), "inconclusive"),
        (listing(current_link_speed="Unknown", current_link_width="63"), "unknown"),
        (listing() + listing("0000:42:00.0", vendor="0x15b3", current_link_width="4"), "ok"),
        (listing(**{"class": "0x040300", "current_link_width": "4"}), "n/a"),
    ],
)
def test_only_nvidias_gpus_are_judged(text: str, lanes: str) -> None:
    assert link_sysfs.judge(text).lanes == lanes


def test_a_card_is_known_by_its_device() -> None:
    found = link_sysfs.judge(listing())
    assert (found.gpus, dict(found.cards)) == (1, {"0000:41:00.0": "A40"})


def test_a_device_whose_vendor_is_not_told_is_unknown() -> None:
    found = link_sysfs.judge(bare(listing(current_link_width="8")))
    assert (found.lanes, found.gpus) == ("unknown", None)
    assert "x8 of x16" in found.findings[0].message


def test_a_section_with_nvidia_smis_address_is_nvidias() -> None:
    values = bare(listing()).replace(SYS.format(address="0000:41:00.0"), "")
    assert link_sysfs.judge(f"-- 00000000:41:00.0 -> 0000:41:00.0 --\n{values}").lanes == "ok"


def test_a_first_generation_link_of_one_lane_is_a_superchips() -> None:
    values = (
        "current_link_speed: 2.5 GT/s PCIe\ncurrent_link_width: 1\nmax_link_speed: 2.5 GT/s PCIe"
    )
    found = link_sysfs.judge(f"-- 0000000F:01:00.0 --\n{values}\nmax_link_width: 16\n")
    assert (found.lanes, [one.severity for one in found.findings]) == ("n/a", ["info"])


def test_head_and_tail_put_the_path_above_the_value() -> None:
    lines = listing(current_link_width="8").splitlines()
    text = "".join(re.sub(r"(.*/\w+):(.*)", r"==> \1 <==\n\2\n\n", line) for line in lines)
    assert link_sysfs.matches(text)
    assert link_sysfs.judge(text).lanes == "degraded"


def test_it_is_recognised() -> None:
    assert link_sysfs.matches(listing())
    assert not link_sysfs.matches("pcie.link.width.current, name")


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    link_sysfs.matches(text)
    link_sysfs.judge(text + "\ncurrent_link_width:" + text)

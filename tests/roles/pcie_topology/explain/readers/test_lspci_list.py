from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import lspci_list

HOST = "00:00.0 Host bridge [0600]: Intel Corporation Device [8086:29c0]"
GPU = "07:00.0 3D controller [0302]: NVIDIA Corporation GA102GL [A40] [10de:2235] (rev a1)"
SWITCH = "08:00.0 Bridge [0680]: NVIDIA Corporation Device [10de:22a3] (rev a1)"


def test_gpus_are_counted_and_named() -> None:
    found = lspci_list.judge(f"{HOST}\n{GPU}\n")
    assert (found.gpus, found.lanes, found.findings) == (1, "n/a", ())
    assert dict(found.cards) == {"0000:07:00.0": "A40"}


def test_an_nvswitch_needs_the_fabric_manager() -> None:
    (finding,) = lspci_list.judge(f"{HOST}\n{GPU}\n{SWITCH}\n").findings
    assert "fabric manager" in finding.message


def test_a_dump_of_numbers_says_how_to_read_it() -> None:
    dump = f"{GPU}\n00: de 10 35 22 00 00 10 00 a1 00 02 03 00 00 00 00\n"
    assert any("lspci -F" in finding.advice for finding in lspci_list.judge(dump).findings)


def test_it_is_recognised() -> None:
    assert lspci_list.matches(GPU)
    assert not lspci_list.matches("pci 0000:01:00.0: BAR 1: assigned")


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    lspci_list.matches(text)
    lspci_list.judge(text)

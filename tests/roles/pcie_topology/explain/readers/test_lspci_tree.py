from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import lspci_tree

SWITCHED = r"""-+-[0000:80]-+-00.0  Intel Corporation Device 09a2
 |           +-02.0-[81-85]----00.0-[82-85]--+-08.0-[83]----00.0  NVIDIA Corporation GA102GL [A40]
 |           |                               +-0c.0-[84]--+-00.0  NVIDIA AD102 [RTX 4090]
 |           |                               |            \-00.1  NVIDIA Audio Controller
 |           |                               \-10.0-[85]--
 |           \-04.0-[86]----00.0  NVIDIA Corporation GA100 [A100 NVSwitch]
 \-[0000:00]-+-00.0  Intel Corporation Device 09a2
             \-01.0-[01]----00.0  NVIDIA Corporation GA102GL [A40]
"""


def test_gpus_are_found_where_they_hang() -> None:
    found = lspci_tree.judge(SWITCHED)
    assert found.gpus == 3
    assert dict(found.cards) == {
        "0000:83:00.0": "A40",
        "0000:84:00.0": "RTX 4090",
        "0000:01:00.0": "A40",
    }


def test_gpus_that_share_a_bridge_are_named() -> None:
    (finding,) = lspci_tree.judge(SWITCHED).findings
    assert "share a bridge: 0000:83:00.0 and 0000:84:00.0;" in finding.message
    assert "0000:01:00.0" not in finding.message


def test_gpus_at_root_ports_of_their_own_share_none() -> None:
    tree = SWITCHED.splitlines()
    (finding,) = lspci_tree.judge("\n".join([*tree[:2], *tree[6:]])).findings
    assert "no two share a bridge" in finding.message


def test_a_path_proves_no_peer_to_peer() -> None:
    assert lspci_tree.judge(SWITCHED).p2p == "unproven"


def test_one_gpu_has_no_peer() -> None:
    tree = "-[0000:00]-+-01.0-[01]----00.0  NVIDIA Corporation GA102GL [A40]"
    found = lspci_tree.judge(tree)
    assert (found.gpus, found.p2p, found.findings) == (1, "n/a", ())


def test_digits_in_a_products_words_are_no_device() -> None:
    tree = "-[0000:00]-+-01.0-[01]----00.0  NVIDIA Corporation GA102GL [A40] x-07.0-[02]-"
    assert list(lspci_tree.judge(tree).cards) == ["0000:01:00.0"]


def test_it_is_recognised() -> None:
    assert lspci_tree.matches(SWITCHED)
    assert not lspci_tree.matches("01:00.0 VGA compatible controller: NVIDIA Corporation X")


@settings(deadline=None)
@given(st.text(alphabet="-+\\| []0123456789abcdef.:NVIDA\n"))
def test_no_text_raises(text: str) -> None:
    lspci_tree.matches(text)
    lspci_tree.judge(text)

from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import nccl_topo

GPU = (
    '<pci busid="0000:0{bus}:00.0" class="0x030200" vendor="0x10de" device="{device}">{inner}</pci>'
)
NIC = '<pci busid="0000:09:00.0" class="0x020700"/>'


def system(*gpus: str) -> str:
    nodes = "".join(f'<cpu numaid="{node}">{gpu}{NIC}</cpu>' for node, gpu in enumerate(gpus))
    return f'<system version="1">{nodes}</system>'


def gpu(bus: int, *, links: int = 0, device: str = "0x20b0") -> str:
    inner = f'<gpu dev="{bus}"><nvlink target="x" count="{links}"/></gpu>' if links else ""
    return GPU.format(bus=bus, device=device, inner=inner)


def test_gpus_and_their_nodes_are_told() -> None:
    found = nccl_topo.judge(system(gpu(1), gpu(2)))
    assert (found.gpus, found.lanes, found.nvlink) == (2, "n/a", "n/a")
    assert "1 at node 0, 1 at node 1" in found.findings[0].message


def test_all_links_of_a_known_card_are_present() -> None:
    assert nccl_topo.judge(system(gpu(1, links=12), gpu(2, links=12))).nvlink == "present"


def test_a_missing_link_is_degraded() -> None:
    found = nccl_topo.judge(system(gpu(1, links=12), gpu(2, links=11)))
    assert found.nvlink == "degraded"
    assert [one.subject for one in found.findings if one.severity == "error"] == [
        "GPU 0000:02:00.0"
    ]


def test_links_of_an_unknown_card_are_unknown() -> None:
    assert nccl_topo.judge(system(gpu(1, links=4, device=""))).nvlink == "unknown"


def test_a_cut_file_is_not_present() -> None:
    whole = system(gpu(1, links=12), gpu(2, links=12))
    assert nccl_topo.judge(whole.removesuffix("</system>")).nvlink == "unknown"


def test_it_is_recognised() -> None:
    assert nccl_topo.matches(system(gpu(1)))
    assert not nccl_topo.matches("<nvidia_smi_log><pci/></nvidia_smi_log>")


@settings(deadline=None)
@given(st.text(alphabet='<>/= "system pci cpu class 0x0302'))
def test_no_text_raises(text: str) -> None:
    nccl_topo.matches(text)
    nccl_topo.judge(text)

from dataclasses import replace

from roles.gpu_interconnect import key
from roles.gpu_interconnect.state import State
from roles.pcie_topology.tree import Access, Driver, Function, Gpu, Tree

BRIDGE = Function("0000:40:01.1", access=Access(able=0x5F, on=0))
CARD = Function("0000:41:00.0", group="identity")
GPU = Gpu(function=CARD, path=(BRIDGE,), driver=Driver(uuid="GPU-a", name="x"))
HOST = State(driver="580.95.05", tree=Tree(gpus=(GPU,), boot="0123456789abcdef"))
KEY = key.of(HOST, probe="p")


def changed(**values: object) -> list[str]:
    tree = replace(HOST.tree, gpus=(replace(GPU, **values),))  # type: ignore[arg-type]
    return key.differences(KEY, now=key.of(replace(HOST, tree=tree), probe="p"))


def test_a_host_that_is_as_it_was_differs_in_nothing() -> None:
    assert key.differences(KEY, now=key.of(HOST, probe="p")) == []


def test_it_holds_what_a_proof_depends_on() -> None:
    assert (
        key.Key(
            boot_id="0123456789abcdef",
            driver="580.95.05",
            gpus={"GPU-a": "0000:41:00.0"},
            paths={"0000:41:00.0": "0000:40:01.1"},
            acs={"0000:40:01.1": "0000"},
            iommu={"0000:41:00.0": "passthrough"},
            probe="p",
        )
        == KEY
    )


def test_what_differs_is_named() -> None:
    assert key.differences(KEY, now=key.of(replace(HOST, driver="590.1"), probe="p")) == [
        "the driver is another one (580.95.05, now 590.1)"
    ]
    booted = replace(HOST, tree=replace(HOST.tree, boot="fedcba9876543210"))
    assert key.differences(KEY, now=key.of(booted, probe="q")) == [
        "the host booted since (0123456789ab, now fedcba987654)",
        "the probe is another one (p, now q)",
    ]


def test_acs_and_iommu_are_part_of_it() -> None:
    (acs,) = changed(path=(replace(BRIDGE, access=Access(able=0x5F, on=0x1D)),))
    assert acs == "ACS is set otherwise (0000:40:01.1: 0000, now 001d)"
    (mode,) = changed(function=replace(CARD, group="DMA"))
    assert mode == "the IOMMU is in another mode (0000:41:00.0: passthrough, now translating)"


def test_a_way_and_a_card_are_part_of_it() -> None:
    moved = changed(function=replace(CARD, bdf="0000:42:00.0"), path=())
    assert [one.partition(" (")[0] for one in moved] == [
        "the GPUs are others",
        "the ways to the GPUs are others",
        "ACS is set otherwise",
        "the IOMMU is in another mode",
    ]
    assert "GPU-a: 0000:41:00.0, now 0000:42:00.0" in moved[0]
    assert "0000:40:01.1: 0000, now none" in moved[2]


def test_a_bridge_without_acs_is_none() -> None:
    (said,) = changed(path=(replace(BRIDGE, access=None),))
    assert said.endswith("now none)")
    (lost,) = changed(driver=None)
    assert lost == "the GPUs are others (GPU-a: 0000:41:00.0, now none)"


def test_of_many_only_what_changed_is_named() -> None:
    two = key.Key(acs={"0000:40:01.1": "0000", "0000:c0:01.1": "0000"})
    one = key.Key(acs={"0000:40:01.1": "0000", "0000:c0:01.1": "001d"})
    assert key.differences(two, now=one) == ["ACS is set otherwise (0000:c0:01.1: 0000, now 001d)"]

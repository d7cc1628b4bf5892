from collections.abc import Mapping
from dataclasses import replace

import pytest

from roles.pcie_topology import lanes
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Driver, Function, Gpu, Link, Tree

BDF = "0000:41:00.0"
X16, X8, X4 = (Link(2.5, width, 16.0, 16) for width in (16, 8, 4))
SLOT_X8 = Link(2.5, 8, 16.0, 8)
FULL = Link(16.0, 16, 16.0, 16)
IDLE = Driver("GPU-1", "NVIDIA GeForce RTX 3090", pstate="P8")
BUSY = replace(IDLE, pstate="P2", load=97)


def gpu(
    *,
    device: str = "2204",
    link: Link = X16,
    port: Link | None = X16,
    driver: Driver | None = IDLE,
) -> Gpu:
    path = () if port is None else (Function("0000:40:01.1", link=port),)
    return Gpu(Function(BDF, device=device, link=link), path=path, driver=driver)


def narrow(
    *gpus: Gpu,
    virtual: str = "none",
    given: Mapping[str, int] | None = None,
    manifest: Manifest | None = None,
) -> list[str]:
    tree = Tree(gpus=gpus, virtual=virtual)
    return lanes.narrow(tree, given=given or {}, manifest=manifest)


def promised(**more: int) -> Manifest:
    return Manifest("2026-11-20", gpus=(PromisedGpu(BDF, "RTX 3090", **more),))


def test_all_lanes_at_idle_are_no_fault() -> None:
    assert narrow(gpu()) == []


def test_a_card_with_fewer_lanes_than_card_and_slot_have_is_named_with_its_port() -> None:
    (said,) = narrow(gpu(link=X4, port=X4))
    assert said.startswith(f"{BDF} (") and "RTX 3090): x4, card and slot give x16" in said
    assert said.endswith("narrowest link is port 0000:40:01.1")


def test_a_link_of_which_the_card_alone_tells_is_the_cards_own() -> None:
    (said,) = narrow(gpu(link=X8, port=Link(max_width=16)))
    assert said.endswith("narrowest link is the card's own")


def test_a_narrow_link_above_a_switch_is_found() -> None:
    deep = replace(gpu(), path=(Function("0000:40:01.1", link=X8), Function("0000:42:00.0")))
    assert "narrowest link is port 0000:40:01.1" in narrow(deep)[0]


def test_a_slot_that_gives_eight_is_no_fault_unless_the_manifest_says_more() -> None:
    one = gpu(link=X8, port=SLOT_X8)
    assert narrow(one) == []
    assert narrow(one, manifest=promised(width=8)) == []
    assert "x8, the manifest says x16" in narrow(one, manifest=promised(width=16))[0]


def test_a_manifest_learned_of_a_narrow_link_excuses_nothing() -> None:
    assert narrow(gpu(link=X8, port=X8), manifest=promised(width=8)) != []


def test_the_inventory_has_the_last_word() -> None:
    one = gpu(link=X8, port=X8)
    assert narrow(one, given={BDF: 8}, manifest=promised(width=16)) == []
    assert "the inventory expects x16" in narrow(one, given={BDF: 16})[0]


def test_a_card_that_has_eight_lanes_is_whole_with_eight() -> None:
    own = Link(2.5, 8, 16.0, 8)
    assert narrow(gpu(device="2803", link=own, port=Link(2.5, 8, 32.0, 16))) == []


def test_eight_lanes_are_right_for_a_t4_in_a_guest_alone() -> None:
    hidden = gpu(device="1eb8", link=Link(2.5, 8, 8.0, 16), port=None, driver=None)
    assert narrow(hidden, virtual="kvm") == []
    assert narrow(hidden) != []
    emulated = replace(hidden, path=(Function("0000:00:02.0", link=Link(8.0, 8, 16.0, 32)),))
    assert narrow(emulated, virtual="kvm") == []


def test_a_guests_narrow_card_is_told_with_what_is_hidden() -> None:
    hidden = gpu(device="2330", link=X8, port=None)
    (said,) = narrow(hidden, virtual="kvm")
    assert "a guest" in said and "expected_width" in said


@pytest.mark.parametrize("device", ["2e12", "2342"])
def test_a_card_on_chip_to_chip_is_not_judged(device: str) -> None:
    spark = gpu(device=device, link=Link(2.5, 1, 2.5, 16), port=None)
    assert narrow(spark) == []
    assert lanes.untold(Tree(gpus=(spark,))) == []
    assert lanes.slow(Tree(gpus=(replace(spark, driver=BUSY),)), given={}, manifest=None) == []


def test_an_unknown_card_is_judged_by_what_it_says_itself() -> None:
    assert narrow(gpu(device="ffff", link=X8, driver=None)) != []
    assert narrow(gpu(device="ffff", link=Link(), port=X16, driver=None)) == []


def test_what_tells_nothing_is_untold() -> None:
    mute = gpu(link=Link(), port=None)
    assert narrow(mute) == []
    assert lanes.untold(Tree(gpus=(mute, gpu()))) == [mute.label]


def slow(one: Gpu, manifest: Manifest | None = None) -> list[str]:
    return lanes.slow(Tree(gpus=(one,)), given={}, manifest=manifest)


def test_a_slot_that_the_firmware_limits_is_right_where_the_inventory_says_so() -> None:
    gen3 = Link(8.0, 16, 16.0, 16)
    tree = Tree(gpus=(gpu(driver=BUSY, link=gen3, port=gen3),))
    assert lanes.slow(tree, given={BDF: 3}, manifest=promised(gen=4)) == []
    (said,) = lanes.slow(tree, given={BDF: 4}, manifest=None)
    assert "Gen3 at work" in said and "the inventory expects Gen4" in said


def test_gen1_at_idle_is_no_fault_and_at_work_is() -> None:
    assert slow(gpu()) == []
    assert slow(gpu(driver=None)) == []
    (said,) = slow(gpu(driver=BUSY))
    assert "Gen1 at work (P2, 97 % load), card and ports can run Gen4" in said
    assert "port 0000:40:01.1" in said


def test_a_card_that_is_loaded_works_whatever_its_state() -> None:
    assert slow(gpu(driver=replace(IDLE, load=80))) != []
    assert slow(gpu(driver=replace(IDLE, load=10))) == []


def test_full_speed_at_work_is_no_fault() -> None:
    assert slow(gpu(driver=BUSY, link=FULL, port=FULL)) == []
    assert slow(gpu(driver=BUSY, link=Link(), port=None)) == []


def test_the_end_that_tells_of_the_slow_link_is_named() -> None:
    assert "the card's own" in slow(gpu(driver=BUSY, link=X16, port=FULL))[0]


def test_a_gen4_card_in_a_gen3_slot_is_told_but_no_fault() -> None:
    gen3 = Link(8.0, 16, 8.0, 16)
    one = gpu(driver=BUSY, link=Link(8.0, 16, 16.0, 16), port=gen3)
    assert slow(one) == []
    assert slow(one, promised(gen=3)) == []
    assert "a Gen4 x16 card in a Gen3 x16 slot" in lanes.remarks(Tree(gpus=(one,)))[0]


def test_a_slot_that_became_slower_is_a_fault_at_idle_too() -> None:
    one = gpu(port=Link(2.5, 16, 8.0, 16))
    assert "can run Gen3, the manifest says Gen4" in slow(one, promised(gen=4))[0]


def test_nothing_is_remarked_of_a_card_in_its_match() -> None:
    assert lanes.remarks(Tree(gpus=(gpu(),))) == []


def test_what_cannot_be_known_is_remarked() -> None:
    hidden, spark = gpu(port=None), gpu(device="2e12", port=None)
    said = lanes.remarks(Tree(gpus=(hidden, spark), virtual="kvm"))
    assert "a hypervisor hides" in said[0] and "says nothing" in said[1]

from dataclasses import replace

from roles.pcie_topology import places
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Driver, Function, Gpu, Tree

NAME = "GeForce RTX 3090"


def gpu(bus: str, uuid: str | None = None, *, numa: int = 0, device: str = "2204") -> Gpu:
    driver = None if uuid is None else Driver(uuid, f"NVIDIA {NAME}")
    port = Function("0000:40:01.1")
    own = Function(f"0000:{bus}:00.0", device=device, numa=numa)
    return Gpu(own, path=(port,), slot=bus, driver=driver)


def promised(bus: str, uuid: str = "", card: str = NAME) -> PromisedGpu:
    bdf = f"0000:{bus}:00.0"
    path = ("0000:40:01.1", bdf)
    return PromisedGpu(bdf, card, uuid=uuid, path=path, numa=0, slot=bus)


def manifest(*gpus: PromisedGpu) -> Manifest:
    return Manifest("2026-11-20", gpus=gpus)


PAIR = manifest(promised("41", "GPU-1"), promised("c1", "GPU-2"))


def missing(*gpus: Gpu, promise: Manifest | None = PAIR, count: int | None = None) -> list[str]:
    return places.missing(Tree(gpus=gpus), manifest=promise, count=count)


def moved(*gpus: Gpu, promise: Manifest = PAIR) -> list[str]:
    return places.moved(Tree(gpus=gpus), manifest=promise)


def test_all_there_and_in_place_is_no_fault_with_and_without_driver() -> None:
    for pair in ((gpu("41", "GPU-1"), gpu("c1", "GPU-2")), (gpu("41"), gpu("c1"))):
        assert missing(*pair) == []
        assert moved(*pair) == []


def test_a_host_without_any_gpu_is_never_right() -> None:
    assert missing(promise=None) == ["the PCI bus shows no NVIDIA GPU"]


def test_without_a_manifest_the_number_counts() -> None:
    assert missing(gpu("41"), promise=None) == []
    assert missing(gpu("41"), promise=None, count=1) == []
    (said,) = missing(gpu("41"), promise=None, count=2)
    assert said.startswith("the PCI bus shows 1 of 2 GPUs: 0000:41:00.0")


def test_a_missing_card_is_named_with_its_slot_and_is_not_moved() -> None:
    (said,) = missing(gpu("41", "GPU-1"))
    assert said.startswith(f"0000:c1:00.0 ({NAME}, slot c1): not on the bus")
    assert moved(gpu("41", "GPU-1")) == []


def test_a_moved_card_is_not_missing() -> None:
    for there in ((gpu("41", "GPU-1"), gpu("c2", "GPU-2")), (gpu("41"), gpu("c2"))):
        assert missing(*there) == []
        (said,) = moved(*there)
        assert f"0000:c1:00.0 ({NAME}, slot c1): now at 0000:c2:00.0" in said


def test_two_cards_that_changed_places_are_told_by_their_uuids() -> None:
    assert len(moved(gpu("41", "GPU-2"), gpu("c1", "GPU-1"))) == 2


def test_another_card_in_the_slot_is_told_by_its_uuid() -> None:
    swapped = (gpu("41", "GPU-1"), gpu("c1", "GPU-9"))
    assert missing(*swapped) == []
    assert "another card of that kind" in moved(*swapped)[0]


def test_a_card_of_another_kind_leaves_the_promised_one_missing() -> None:
    there = (gpu("41"), gpu("c1", device="2684"))
    assert "0000:c1:00.0" in missing(*there)[0]
    assert "not in the manifest" in moved(*there)[0]


def test_a_card_that_has_no_name_before_its_driver_is_known_by_its_address() -> None:
    promise = manifest(promised("41", card="NVIDIA Q9000"))
    assert missing(gpu("41", device="ffff"), promise=promise) == []


def test_another_path_and_another_numa_node_are_told() -> None:
    one = manifest(promised("41"))
    behind = replace(gpu("41"), path=(Function("0000:40:03.1"),))
    assert "behind 0000:40:03.1, not 0000:40:01.1" in moved(behind, promise=one)[0]
    assert "on NUMA node 1, not 0" in moved(gpu("41", numa=1), promise=one)[0]
    assert moved(gpu("41", numa=-1), promise=one) == []
    pathless = manifest(replace(promised("41"), path=()))
    assert moved(behind, promise=pathless) == []


def test_a_card_that_nobody_promised_is_told() -> None:
    added = (gpu("41", "GPU-1"), gpu("c1", "GPU-2"), gpu("e1", "GPU-3"))
    assert missing(*added) == []
    assert moved(*added) == [f"0000:e1:00.0 ({NAME}, slot e1): not in the manifest"]

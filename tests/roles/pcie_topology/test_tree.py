from roles.pcie_topology.tree import (
    Driver,
    Function,
    Gpu,
    Link,
    Tree,
    fastest,
    generation,
    narrowest,
    slot_width,
    slowest,
)

PORT = Function("0000:40:01.1", link=Link(speed=2.5, width=16, max_speed=8.0, max_width=16))
SWITCH = Function("0000:41:00.0", link=Link(speed=2.5, width=8, max_speed=16.0, max_width=8))
CARD = Function("0000:42:00.0", device="2204", link=Link(5.0, 16, 16.0, 16))
GPU = Gpu(CARD, path=(PORT, SWITCH))
BARE = Gpu(Function("0000:00:05.0", device="ffff"))


def test_the_narrowest_link_is_the_least_along_the_way() -> None:
    assert narrowest(GPU) is SWITCH
    assert narrowest(BARE) is None


def test_the_slowest_link_is_the_least_along_the_way() -> None:
    assert slowest(GPU) is PORT
    assert slowest(BARE) is None


def test_a_slot_gives_what_its_narrowest_port_can() -> None:
    assert slot_width(GPU) == 8
    assert slot_width(BARE) == 0


def test_card_and_ports_run_as_fast_as_the_slowest_can() -> None:
    assert fastest(GPU) == 3
    assert fastest(BARE) == 0


def test_a_speed_that_no_generation_has_is_unknown() -> None:
    assert [generation(speed) for speed in (2.5, 32.0, 0.0, 7.7)] == [1, 5, 0, 0]


def test_a_card_is_named_by_its_id() -> None:
    assert GPU.name.endswith("RTX 3090")
    assert Gpu(CARD, slot="4").label == f"0000:42:00.0 ({GPU.name}, slot 4)"


def test_a_newer_card_is_named_by_its_driver_or_by_its_id() -> None:
    assert BARE.name == "10de:ffff"
    told = Gpu(BARE.function, driver=Driver("GPU-1", "NVIDIA Q9000"))
    assert told.name == "NVIDIA Q9000"


def test_a_share_of_a_card_is_known_by_its_driver() -> None:
    share = Gpu(CARD, driver=Driver("GPU-1", "NVIDIA A40-8Q"))
    assert share.card is not None and share.card.vgpu


def test_a_container_is_no_guest() -> None:
    guests = {word: Tree(virtual=word).is_guest for word in ("none", "", "kvm", "systemd-nspawn")}
    assert guests == {"none": False, "": False, "kvm": True, "systemd-nspawn": False}


def test_a_bridge_above_two_cards_is_listed_once() -> None:
    other = Gpu(Function("0000:43:00.0"), path=(PORT,))
    tree = Tree(gpus=(GPU, other))
    assert tree.bridges == (PORT, SWITCH)
    assert tree.below(PORT.bdf) == (GPU, other)
    assert tree.below(SWITCH.bdf) == (GPU,)


def test_cards_and_the_ports_right_above_them_have_names() -> None:
    named = Tree(gpus=(GPU, BARE)).labels
    assert named[CARD.bdf] == GPU.label
    assert named[SWITCH.bdf] == f"port 0000:41:00.0 of {GPU.label}"
    assert named[BARE.bdf] == BARE.label
    assert PORT.bdf not in named

from roles.gpu_driver import cards
from roles.gpu_interconnect import links

FIVE = """\
        GPU0    GPU1    GPU2    GPU3    GPU4    CPU Affinity    NUMA Affinity   GPU NUMA ID
GPU0     X      SYS     SYS     SYS     SYS     8-15,24-31      1               N/A
GPU1    SYS      X      PHB     NODE    NODE    0-7,16-23       0               N/A
GPU2    SYS     PHB      X      NODE    NODE    0-7,16-23       0               N/A
GPU3    SYS     NODE    NODE     X      PHB     0-7,16-23       0               N/A
GPU4    SYS     NODE    NODE    PHB      X      0-7,16-23       0               N/A
"""
CUT = FIVE.rpartition("GPU4")[0]


def test_every_pair_has_its_link() -> None:
    found = links.parse(FIVE)
    assert not found.damage
    assert len(found.kinds) == 10
    assert (found.kind(2, 1), found.kind(0, 4), found.kind(7, 8)) == ("PHB", "SYS", "")


def test_groups_begin_with_the_nearest_and_leave_the_far_one_out() -> None:
    assert links.groups(links.parse(FIVE)) == [[1, 2], [3, 4], [1, 2, 3, 4], [0, 1, 2, 3, 4]]


def test_a_cut_matrix_says_what_is_missing() -> None:
    assert any("its row is missing" in one for one in links.parse(CUT).damage)


def test_a_text_that_is_no_matrix_is_damage() -> None:
    assert links.parse("command not found").damage


def test_nvlinks_are_counted() -> None:
    assert [links.count(kind) for kind in ("NV4", "NV18", "PIX", "", "NVX")] == [4, 18, 0, 0, 0]


def test_missing_nvlinks_are_told_by_card() -> None:
    card = cards.by_name("NVIDIA GeForce RTX 3090")
    bridge = links.Links(kinds={(0, 1): "NV3"})
    assert links.short(bridge, cards=[card, card])
    assert not links.short(links.Links(kinds={(0, 1): "NV4"}), cards=[card, card])
    assert not links.short(links.Links(kinds={(0, 1): "PHB"}), cards=[card, card])


def test_no_nvlink_on_cards_with_a_switch_is_a_fault() -> None:
    card = cards.by_name("NVIDIA H100 80GB HBM3")
    assert links.short(links.Links(kinds={(0, 1): "SYS"}), cards=[card, card])
    assert not links.short(links.Links(kinds={(0, 1): "SYS"}), cards=[card, None])

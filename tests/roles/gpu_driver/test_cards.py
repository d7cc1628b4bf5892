import re
from pathlib import Path

import pytest

from roles.gpu_driver import branches, cards
from roles.gpu_driver.cards import Card

CAPTURES = next(
    (
        folder / "shared" / "captures"
        for folder in Path(__file__).resolve().parents
        if (folder / "shared" / "captures").is_dir()
    ),
    None,
)
NAMED = (
    r"Product Name +: (.+)",
    r"<product_name>(.+?)</product_name>",
    r"^\| +\d+ +((?:NVIDIA|Tesla|GeForce|Quadro) .+?) +(?:On|Off) +\|",
    r"(?:^|, )(NVIDIA (?!Corp|GPUs|System)[^,\n]+),",
    r"^GPU \d+: (.+?) \(UUID",
    r"^Device: \d+, ([^,\n]+),",
    r'modelName="([^"]+)"',
)


def name_of(found: Card | None) -> str:
    return "" if found is None else found.name


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("NVIDIA GeForce RTX 3090", "GeForce RTX 3090"),
        ("GeForce RTX 3090 Ti", "GeForce RTX 3090 Ti"),
        ("rtx 4090", "GeForce RTX 4090"),
        ("RTX4060Ti 16GB", "GeForce RTX 4060 Ti"),
        ("Tesla P40", "P40"),
        ("nvidia tesla t4", "T4"),
        ("Tesla V100-PCIE-32GB", "V100-PCIE-32GB"),
        ("NVIDIA A100-SXM4-80GB MIG 1g.10gb", "A100-SXM4-80GB"),
        ("NVIDIA H100 80GB HBM3", "H100 80GB HBM3"),
        ("NVIDIA Corporation GH100[H100 SXM5 80GB] (rev a1)", "H100 80GB HBM3"),
        ("NVIDIA Corporation GA102GL [A10] [10de:2236] (rev a1)", "A10"),
        ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada Generation"),
        ("NVIDIA RTX 6000 Ada Gene...", "RTX 6000 Ada Generation"),
        ("NVIDIA GeForce RTX 4080 ...", "GeForce RTX 4080 SUPER"),
        ("Quadro RTX 6000", "Quadro RTX 6000"),
        ("NVIDIA RTX A6000", "RTX A6000"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server Edition"),
        ("Graphics Device", ""),
        ("GeForce RTX 3090 Foo", ""),
        ("NVIDIA GeForce RTX ...", ""),
        ("", ""),
        ("...", ""),
        ("Radeon RX 7900", ""),
    ],
)
def test_a_card_is_known_by_the_name_that_tools_print(written: str, name: str) -> None:
    assert name_of(cards.by_name(written)) == name


@pytest.mark.parametrize(
    ("device", "name"),
    [
        ("2204", "GeForce RTX 3090"),
        ("0x2204", "GeForce RTX 3090"),
        ("10de:2204", "GeForce RTX 3090"),
        ("0x233010DE", "H100 80GB HBM3"),
        ("10DE:1B38", "P40"),
        ("1eb8", "T4"),
        ("8086:2204", ""),
        ("22a3", ""),
        ("1af1", ""),
        ("0000", ""),
        ("rubbish", ""),
    ],
)
def test_a_card_is_known_by_its_device_id(device: str, name: str) -> None:
    assert name_of(cards.by_pci_id(device)) == name


def test_a_subsystem_tells_products_of_one_id_apart() -> None:
    assert name_of(cards.by_pci_id("2236", subsystem="10de:1482")) == "A10"
    assert name_of(cards.by_pci_id("2236", subsystem="0x149d")) == "A10X"


def test_an_id_that_is_not_listed_has_its_architecture_and_no_lanes() -> None:
    found = cards.by_pci_id("1b87")
    assert found is not None
    unlisted = cards.by_pci_id("1bb8")
    assert unlisted is not None
    assert unlisted.architecture == "Pascal"
    assert (unlisted.gen, unlisted.width) == (0, 0)


@pytest.mark.parametrize(
    "written",
    ["GRID T4-16C", "NVIDIA A10-24Q", "GRID A100D-1-10C", "H100XM-80C", "GRID RTX8000-4Q"],
)
def test_a_vgpu_is_known_by_its_name(written: str) -> None:
    found = cards.by_name(written)
    assert found is not None
    assert found.vgpu


def test_only_vgpus_are_vgpus() -> None:
    assert not any(card.vgpu for card in map(cards.by_name, ("P102-100", "T4", "A10")) if card)


def test_a_laptops_card_has_no_known_lanes() -> None:
    found = cards.by_name("NVIDIA GeForce RTX 4080 Laptop GPU")
    desktop = cards.by_name("NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition")
    assert found is not None
    assert desktop is not None
    assert found.width == 0
    assert desktop.width == 16


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RTX 3090", ("Ampere", "8.6", 4, 16, 0, 4, "bridge", 14.062)),
        ("RTX 4090", ("Ada", "8.9", 4, 16, 0, 0, "none", 0.0)),
        ("RTX 4060 Ti", ("Ada", "8.9", 4, 8, 0, 0, "none", 0.0)),
        ("RTX 5090", ("Blackwell", "12.0", 5, 16, 0, 0, "none", 0.0)),
        ("P40", ("Pascal", "6.1", 3, 16, 0, 0, "none", 0.0)),
        ("T4", ("Turing", "7.5", 3, 16, 8, 0, "none", 0.0)),
        ("A10G", ("Ampere", "8.6", 4, 16, 8, 0, "none", 0.0)),
        ("L40S", ("Ada", "8.9", 4, 16, 8, 0, "none", 0.0)),
        ("V100-SXM2-16GB", ("Volta", "7.0", 3, 16, 0, 6, "mesh", 25.0)),
        ("V100-PCIE-16GB", ("Volta", "7.0", 3, 16, 0, 0, "none", 0.0)),
        ("A100-SXM4-80GB", ("Ampere", "8.0", 4, 16, 0, 12, "switch", 25.0)),
        ("A800-SXM4-80GB", ("Ampere", "8.0", 4, 16, 8, 8, "switch", 25.0)),
        ("H100 80GB HBM3", ("Hopper", "9.0", 5, 16, 0, 18, "switch", 26.562)),
        ("H100 NVL", ("Hopper", "9.0", 5, 16, 0, 12, "bridge", 26.562)),
        ("Quadro RTX 8000", ("Turing", "7.5", 3, 16, 0, 2, "bridge", 25.781)),
        ("B200", ("Blackwell", "10.0", 5, 16, 0, 18, "switch", 53.125)),
    ],
)
def test_a_card_has_the_links_of_its_data_sheet(name: str, expected: tuple[object, ...]) -> None:
    card = cards.by_name(name)
    assert card is not None
    links = (card.gen, card.width, card.narrow, card.nvlinks, card.fabric, card.link_gb_per_s)
    assert (card.architecture, card.compute, *links) == expected


@pytest.mark.parametrize("name", ["GB10", "GH200 480GB", "GB200"])
def test_cards_on_chip_to_chip_links_say_so(name: str) -> None:
    card = cards.by_name(name)
    assert card is not None
    assert card.c2c
    assert card.width == 0


def test_geforce_cards_say_so() -> None:
    found = [cards.by_name(name) for name in ("RTX 3090", "TITAN RTX", "RTX A6000", "T4")]
    assert [card.geforce for card in found if card] == [True, True, False, False]


def test_every_name_and_every_id_is_one_cards() -> None:
    names: dict[str, str] = {}
    ids: dict[str, str] = {}
    for family in cards._data()["families"]:
        for row in family["cards"]:
            for name in (row["name"], *row.get("also", ())):
                assert name_of(cards.by_name(name)) == row["name"]
                assert names.setdefault(name.lower(), row["name"]) == row["name"]
            for one in row["ids"]:
                assert ids.setdefault(one, row["name"]) == row["name"]
                device, _, subsystem = one.partition(":")
                assert name_of(cards.by_pci_id(device, subsystem=subsystem)) == row["name"]


def test_the_matrix_knows_every_cards_architecture() -> None:
    for family in [*cards._data()["families"], *cards._data()["chips"]]:
        of = Card(name="", architecture=family["architecture"], compute="", gen=0, width=0)
        assert branches.architecture(of).name == family["architecture"]


@pytest.mark.parametrize(
    ("class_code", "is_gpu"),
    [(0x030000, True), (0x030200, True), (0x040300, False), (0x068000, False), (0x0300FF, True)],
)
def test_display_and_3d_controllers_are_gpus(class_code: int, is_gpu: bool) -> None:
    assert cards.is_gpu(class_code) is is_gpu


@pytest.mark.skipif(CAPTURES is None, reason="no recorded output of other machines here")
def test_every_gpu_in_recorded_output_is_known() -> None:
    assert CAPTURES is not None
    text = "\n".join(file.read_text(errors="replace") for file in CAPTURES.rglob("*.txt"))
    found = {name.strip() for shape in NAMED for name in re.findall(shape, text, re.MULTILINE)}
    assert len(found) > 15
    unknown = {name for name in found if cards.by_name(name) is None}
    assert unknown <= {"Graphics Device"}

"""What a status shows of a driver."""

from infra.status import Cell
from roles.gpu_driver import status
from roles.gpu_driver.settings import GpuDriverSettings

SETTINGS = GpuDriverSettings(version="580.95.05", origin="ubuntu")
ROW = "580.95.05, NVIDIA GeForce RTX 3090"


def cells(answer: str) -> dict[str, Cell]:
    return dict(status.shown(answer, settings=SETTINGS).cells)


def test_cards_of_one_kind_are_counted() -> None:
    assert cells(f"{ROW}\n{ROW}\n") == {"driver": Cell("580.95.05"), "GPUs": Cell("2 × RTX 3090")}


def test_kinds_stand_beside_each_other() -> None:
    assert (
        cells(f"{ROW}\n580.95.05, NVIDIA H100 80GB HBM3\n")["GPUs"].text
        == "1 × RTX 3090 + 1 × H100"
    )


def test_another_version_than_the_promised_one_is_bad() -> None:
    assert cells(ROW.replace("580.95.05", "580.82.09"))["driver"] == Cell("✗ 580.82.09", "bad")


def test_a_driver_that_does_not_answer_is_explained() -> None:
    found = status.shown(
        "Failed to initialize NVML: Driver/library version mismatch", settings=SETTINGS
    )
    assert found.cells["driver"] == Cell("✗ none", "bad")
    assert "reboot" in found.notes[0]


def test_one_that_hangs_says_so() -> None:
    [note] = status.shown("", settings=SETTINGS).notes
    assert "no answer in time" in note


def test_an_error_about_another_card_is_told_beside_those_that_answer() -> None:
    found = status.shown(f"{ROW}\nUnable to determine the device handle", settings=SETTINGS)
    assert found.cells["GPUs"].text == "1 × RTX 3090"
    assert "Unable to determine" in found.notes[0]

import pytest

from roles.gpu_driver import driver
from roles.gpu_driver.driver import Module

OPEN = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.95.05  Release Build  "
    "(dvs-builder@U22-I3-AM02-24-3)  Tue Sep 23 10:11:16 UTC 2025"
)
PROPRIETARY = (
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  520.56.06  Thu Oct  6 21:38:55 UTC 2022\n"
    "GCC version:  gcc version 12.2.0 (Debian 12.2.0-14) "
)
ROWS = "580.95.05, 00000000:41:00.0\n580.95.05, 00000000:C1:00.0\n"


def test_both_flavours_are_told_when_loaded() -> None:
    assert driver.loaded(OPEN) == Module("580.95.05", "open")
    assert driver.loaded(PROPRIETARY) == Module("520.56.06", "proprietary")


def test_two_numbers_make_a_version() -> None:
    text = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  610.43  Thu Oct  6 21:38:55 UTC 2026"
    assert driver.loaded(text) == Module("610.43", "proprietary")


@pytest.mark.parametrize("text", ["", "NVRM version: something else"])
def test_no_module_is_none(text: str) -> None:
    assert driver.loaded(text) is None


def test_the_license_tells_the_flavour_on_disk() -> None:
    assert driver.on_disk("580.95.05", license_="Dual MIT/GPL") == Module("580.95.05", "open")
    assert driver.on_disk("580.95.05", license_="NVIDIA") == Module("580.95.05", "proprietary")
    assert driver.on_disk("", license_="") is None


def test_cards_are_listed_by_the_address_that_sysfs_has() -> None:
    answer = driver.smi(ROWS)
    assert answer.cards == {"0000:41:00.0": "580.95.05", "0000:c1:00.0": "580.95.05"}
    assert answer.problem is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (
            "Failed to initialize NVML: Driver/library version mismatch\n"
            "NVML library version: 610.43\n",
            "the loaded module is not the library's; reboot",
        ),
        (
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make "
            "sure that the latest NVIDIA driver is installed and running.\n\n",
            "no module is loaded",
        ),
        ("No devices were found\n", "drives no card"),
    ],
)
def test_refusals_are_explained(text: str, reason: str) -> None:
    answer = driver.smi(text)
    assert answer.cards == {}
    assert answer.problem is not None
    assert reason in answer.problem
    assert text.split("\n")[0] in answer.problem


def test_a_lost_card_among_good_ones_is_a_problem() -> None:
    lost = (
        "Unable to determine the device handle for GPU 0000:05:00.0: GPU is lost.  Reboot the "
        "system to recover this GPU\n"
    )
    answer = driver.smi(lost + ROWS)
    assert len(answer.cards) == 2
    assert answer.problem is not None and "fell off the bus" in answer.problem


def test_words_that_nobody_knows_are_passed_on() -> None:
    assert driver.smi("sh: 1: nvidia-smi: not found\n").problem == "sh: 1: nvidia-smi: not found"
    assert driver.smi("").problem == "nvidia-smi says nothing"


def found(loaded: str | None, disk: str | None, user_space: str | None) -> str | None:
    modules = [Module(version, "open") if version else None for version in (loaded, disk)]
    return driver.disagreement(loaded=modules[0], disk=modules[1], user_space=user_space)


def test_three_places_that_agree_are_no_news() -> None:
    assert found("580.95.05", "580.95.05", "580.95.05") is None
    assert found("580.95.05", "580.95.05", None) is None


@pytest.mark.parametrize(
    ("places", "words"),
    [
        (("580.82.09", "580.95.05", "580.95.05"), "580.82.09 (open) is loaded, 580.95.05 (open)"),
        ((None, "580.95.05", "580.95.05"), "no module is loaded"),
        (("580.95.05", "580.82.09", "580.95.05"), "the installation is broken"),
        (("580.95.05", None, "580.95.05"), "no kernel module on disk"),
    ],
)
def test_places_that_differ_say_which_and_what_to_do(
    places: tuple[str | None, str | None, str | None], words: str
) -> None:
    said = found(*places)
    assert said is not None and words in said


def test_another_flavour_loaded_asks_for_a_boot() -> None:
    said = driver.disagreement(
        loaded=Module("580.95.05", "proprietary"),
        disk=Module("580.95.05", "open"),
        user_space=None,
    )
    assert said is not None and said.endswith("reboot")

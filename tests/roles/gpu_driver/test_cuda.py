from typing import Literal

import pytest

from roles.gpu_driver import branches, cards, cuda
from roles.gpu_driver.cards import Card


def card(name: str) -> Card:
    found = cards.by_name(name)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("version", "ceiling"),
    [
        ("470.256.02", "11.4"),
        ("525.147.05", "12.0"),
        ("535.261.03", "12.2"),
        ("550", "12.4"),
        ("560.35.03", "12.6"),
        ("565.57.01", "12.7"),
        ("570.195.03", "12.8"),
        ("575.57.08", "12.9"),
        ("580.95.05", "13.0"),
        ("590.48.01", "13.1"),
        ("595.71.05", "13.2"),
        ("610.57.04", "13.3"),
        ("615.71.09", "13.4"),
        ("620.10.01", "13.5"),
        ("450.80.02", None),
    ],
)
def test_a_branch_has_its_cuda(version: str, ceiling: str | None) -> None:
    assert cuda.ceiling(version) == ceiling


@pytest.mark.parametrize(
    ("version", "oldest"),
    [
        ("9.0", "384.81"),
        ("10.2", "440.33"),
        ("11.0", "450.36.06"),
        ("11.1", "450.80.02"),
        ("11.8", "450.80.02"),
        ("12.0", "525.60.13"),
        ("12.9.1", "525.60.13"),
        ("13.0", "580.65.06"),
        ("13.5", "580.65.06"),
        ("14.0", None),
        ("8.0", None),
    ],
)
def test_a_cuda_version_has_its_oldest_driver(version: str, oldest: str | None) -> None:
    assert cuda.needs(version) == oldest


@pytest.mark.parametrize(
    ("version", "driver", "runs"),
    [
        ("12.9", "525.60.13", True),
        ("12.9", "525.60.11", False),
        ("13.0", "580.65.06", True),
        ("13.4", "580.126.20", True),
        ("13.0", "580.65.05", False),
        ("13.0", "575.57.08", False),
        ("11.8", "620.10.01", True),
        ("14.0", "620.10.01", False),
    ],
)
def test_drivers_run_what_their_major_runs(version: str, driver: str, runs: bool) -> None:
    assert cuda.runs(version, version=driver) is runs


KERNELS = {
    "K80": ("11.8", "12.0"),
    "M40": ("12.9.1", "13.0"),
    "P40": ("12.9", "13.0"),
    "V100": ("12.9", "13.0"),
}


@pytest.mark.parametrize(("name", "last"), KERNELS.items())
def test_old_architectures_have_kernels_up_to_their_last_toolkit(
    name: str, last: tuple[str, str]
) -> None:
    assert cuda.has_kernels(last[0], card=card(name))
    assert not cuda.has_kernels(last[1], card=card(name))


@pytest.mark.parametrize("name", ["T4", "RTX 3090", "RTX 4090", "H100", "B200", "RTX 5090"])
def test_newer_architectures_have_kernels_in_every_toolkit(name: str) -> None:
    assert cuda.has_kernels("13.5", card=card(name))


Asked = tuple[str, str, Literal["open", "proprietary"], str]
REFUSED: dict[Asked, str] = {
    ("13.0", "570.195.03", "open", "RTX 3090"): "CUDA 13.0 of the image needs driver 580.65.06 or "
    "newer, and this host has 570.195.03, which runs programs up to CUDA 12.8; give "
    'gpu_driver.version 580.126.20 with gpu_driver.modules = "open", or an image built with '
    "CUDA 12.x",
    ("13.0", "580.95.05", "proprietary", "V100"): "CUDA 13.0 of the image has no kernels for V100 "
    "(Volta): 12.9 is the last that has; give an image built with CUDA 12.9 or older",
    ("14.0", "620.10.01", "open", "B200"): "CUDA 14.0 of the image is newer than any driver known "
    "here, and this host has 620.10.01, which runs programs up to CUDA 13.5; give an image built "
    "with CUDA 13.x or older",
}


@pytest.mark.parametrize(("asked", "said"), REFUSED.items())
def test_an_image_that_cannot_run_is_refused_with_what_can(asked: Asked, said: str) -> None:
    version, driver, modules, name = asked
    assert cuda.refusal(version, version=driver, modules=modules, cards=[card(name)]) == said


def test_an_image_that_runs_is_not_refused() -> None:
    here = [card("V100"), card("RTX 3090")]
    assert cuda.refusal("12.9", version="580.95.05", modules="proprietary", cards=here) is None
    assert cuda.refusal("13.1", version="580.95.05", modules="open") is None


def test_a_card_that_the_driver_leaves_idle_does_not_count() -> None:
    here = [card("P40"), card("RTX 5090")]
    assert cuda.refusal("13.0", version="580.95.05", modules="open", cards=here) is None
    assert cuda.refusal("13.0", version="580.95.05", modules="proprietary", cards=here) is not None


def test_the_image_alone_can_change_where_no_newer_driver_drives_the_card() -> None:
    said = cuda.refusal("12.0", version="470.256.02", modules="proprietary", cards=())
    assert said is not None
    assert "525.60.13" in said
    assert "built with CUDA 11.x" in said


def test_every_branch_runs_its_own_cuda() -> None:
    for row in branches.listed():
        assert cuda.runs(row.cuda, version=row.good or f"{row.number}.100.00")

import pytest

from roles.gpu_driver import cards
from roles.gpu_driver.driver import Module
from roles.inference_engine import image_cuda
from roles.inference_engine.image import parse
from roles.inference_engine.image_cuda import Pair

IMAGE = parse("docker.io/vllm/vllm-openai:v0.11.0@sha256:" + "a" * 64)
NVRM = (
    "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.195.03  Release Build  "
    "(dvs-builder@U22-I3)  Mon Sep 22 04:10:21 UTC 2025"
)
ANSWER = [
    '["PATH=/usr/local/nvidia/bin:/usr/bin","NVARCH=x86_64","NVIDIA_REQUIRE_CUDA=cuda>=12.8 '
    'brand=unknown,driver>=535,driver<536","CUDA_VERSION=12.8.1"]',
    NVRM,
    "card 0x2204 0x1454",
    "card 0x22a3 ",
]


def test_the_answer_has_version_driver_and_cards() -> None:
    found = image_cuda.parse(ANSWER)
    assert found.cuda == "12.8"
    assert found.loaded == Module(version="570.195.03", flavour="open")
    assert [card.name for card in found.cards] == ["GeForce RTX 3090"]


@pytest.mark.parametrize("lines", [[], ["null"], ["[]"], ['["PATH=/usr/bin"]']])
def test_an_image_without_cuda_says_nothing(lines: list[str]) -> None:
    assert image_cuda.parse(lines) == Pair()


@pytest.mark.parametrize(
    ("environment", "version"),
    [
        (["CUDA_VERSION=13.0.2"], "13.0"),
        (["CUDA_VERSION=12.9.1.012"], "12.9"),
        (["NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=470"], "12.4"),
        (["CUDA_VERSION=12.9.1", "NVIDIA_REQUIRE_CUDA=cuda>=12.4"], "12.9"),
        (["CUDA_VERSION=", "NVIDIA_REQUIRE_CUDA=cuda>=12.4"], "12.4"),
        (["CUDA_VERSION"], None),
        (["NVIDIA_VISIBLE_DEVICES=all"], None),
    ],
)
def test_the_version_is_in_the_environment(environment: list[str], version: str | None) -> None:
    assert image_cuda.of(environment) == version


def pair(cuda: str | None, version: str, *names: str, flavour: str = "open") -> Pair:
    found = [cards.by_name(name) for name in names]
    return Pair(
        cuda=cuda,
        loaded=Module(version=version, flavour=flavour),
        cards=tuple(card for card in found if card),
    )


def test_an_image_that_needs_a_newer_driver_is_refused() -> None:
    said = image_cuda.refusal(pair("13.0", "570.195.03", "RTX 3090"), given=None)
    assert said is not None
    assert "needs driver 580.65.06 or newer" in said
    assert "570.195.03" in said


def test_an_image_without_kernels_for_the_card_is_refused() -> None:
    old = pair("13.0", "580.95.05", "P40", flavour="proprietary")
    assert "no kernels for P40 (Pascal)" in (image_cuda.refusal(old, given=None) or "")


def test_a_version_that_is_given_counts() -> None:
    newer = pair("13.0", "570.195.03", "RTX 3090")
    assert image_cuda.refusal(newer, given="12.8") is None
    assert image_cuda.refusal(pair("12.8", "570.195.03"), given="13.0") is not None


def test_what_is_not_known_is_not_refused() -> None:
    assert image_cuda.refusal(pair(None, "570.195.03"), given=None) is None
    assert image_cuda.refusal(Pair(cuda="13.0"), given=None) is None


def test_the_question_quotes_the_image() -> None:
    assert IMAGE.pinned in image_cuda.command(IMAGE)

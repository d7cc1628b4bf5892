"""`nvidia-smi nvlink`: the links of each GPU against what its card has."""

import pytest

from roles.pcie_topology.explain.judgement import Judgement
from roles.pcie_topology.explain.readers import nvlink

INACTIVE = "NVML: Unable to retrieve NVLink information as all links are inActive"
NONE = "Device does not have or support Nvlink"


def _gpu(name: str, *lines: str, index: int = 0) -> str:
    uuid = f"GPU-1b2c3d4e-0000-1111-2222-33334444555{index}"
    return "\n".join([f"GPU {index}: NVIDIA {name} (UUID: {uuid})", *lines]) + "\n"


def _links(*rates: str) -> list[str]:
    return [f"\t Link {link}: {rate}" for link, rate in enumerate(rates)]


def _up(number: int, rate: str = "25 GB/s") -> list[str]:
    return _links(*[rate] * number)


def _errors(judgement: Judgement) -> list[str]:
    return [one.message for one in judgement.findings if one.severity == "error"]


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("A100-SXM4-80GB", _up(12)),
        ("A800-SXM4-80GB", _up(8)),
        ("H100 80GB HBM3", _up(18, "26.562 GB/s")),
        ("GeForce RTX 3090", _up(4, "14.062 GB/s")),
        ("Tesla V100-SXM2-16GB", _up(6, "25.781 GB/s")),
        ("Something of tomorrow", _up(36)),
    ],
)
def test_all_links_of_a_card_are_present(name: str, lines: list[str]) -> None:
    judgement = nvlink.judge(_gpu(name, *lines))
    assert (judgement.nvlink, judgement.gpus, _errors(judgement)) == ("present", 1, [])


def test_a_number_of_links_that_no_card_has_is_a_cut_text() -> None:
    judgement = nvlink.judge(_gpu("Something of tomorrow", *_up(10)))
    assert judgement.nvlink == "unknown"
    assert _errors(judgement) == ["links 10 and 11 not shown: 10 of 12 are"]


@pytest.mark.parametrize(
    "lines",
    [
        [*_up(11), "\t Link 11: <inactive>"],
        [*_up(11), "\t Link 11: 12.5 GB/s"],
        _up(12, "12.5 GB/s"),
        [INACTIVE],
        ["\t Link 0, P2P is supported: false"],
    ],
    ids=["down", "slow", "all slow", "all down", "denied"],
)
def test_a_broken_link_is_degraded(lines: list[str]) -> None:
    judgement = nvlink.judge(_gpu("A100-SXM4-80GB", *lines))
    assert judgement.nvlink == "degraded"
    assert _errors(judgement)


def test_a_link_that_is_not_shown_is_no_proof() -> None:
    lines = _up(12)
    for link in range(12):
        rest = [line for at, line in enumerate(lines) if at != link]
        judgement = nvlink.judge(_gpu("A100-SXM4-80GB", *rest))
        assert (judgement.nvlink, bool(_errors(judgement))) == ("unknown", True)


def test_a_head_without_links_is_cut() -> None:
    text = _gpu("A100-SXM4-80GB", index=0) + _gpu("A100-SXM4-80GB", *_up(12), index=1)
    assert nvlink.judge(text).nvlink == "unknown"


@pytest.mark.parametrize(
    ("name", "line", "verdict"),
    [
        ("L40S", NONE, "absent"),
        ("GeForce RTX 3090", INACTIVE, "absent"),
        ("A100-SXM4-80GB", INACTIVE, "degraded"),
        ("A100-SXM4-80GB", NONE, "unknown"),
        ("Something of tomorrow", NONE, "absent"),
        ("Something of tomorrow", INACTIVE, "unknown"),
    ],
)
def test_no_link_means_what_the_card_says(name: str, line: str, verdict: str) -> None:
    assert nvlink.judge(_gpu(name, line)).nvlink == verdict


def test_a_gpu_between_others_that_is_not_shown_is_an_error() -> None:
    text = "".join(_gpu("A100-SXM4-80GB", *_up(12), index=index) for index in (0, 1, 3))
    judgement = nvlink.judge(text)
    assert (judgement.nvlink, judgement.gpus) == ("unknown", 3)
    assert any("not shown" in message for message in _errors(judgement))


def test_bridged_cards_beside_one_without_nvlink_are_present() -> None:
    pair = [_gpu("GeForce RTX 3090", *_up(4, "14.062 GB/s"), index=index) for index in (0, 1)]
    other = _gpu("GeForce RTX 4090", NONE, index=2)
    assert nvlink.judge("".join([*pair, other])).nvlink == "present"


def test_counters_of_errors_are_read() -> None:
    lines = [f"\t Link {n}: {what} Errors: 0" for n in range(12) for what in ("Replay", "CRC")]
    assert nvlink.judge(_gpu("A100-SXM4-80GB", *lines)).nvlink == "present"
    bad = nvlink.judge(_gpu("A100-SXM4-80GB", *lines[:-1], "\t Link 11: CRC Errors: 7"))
    assert bad.nvlink == "degraded"
    assert bad.findings[-1].message == "link 11: 7 crc errors"


def test_links_that_somebody_left_out_are_told() -> None:
    lines = [f"\t Link {n}: Replay Errors: 0" for n in (0, 11)]
    cut = nvlink.judge(_gpu("A100-SXM4-80GB", *lines))
    marked = nvlink.judge(_gpu("A100-SXM4-80GB", lines[0], "\t [...]", lines[1]))
    assert (cut.nvlink, marked.nvlink) == ("unknown", "present")
    assert marked.findings[0].message == "links 1 to 10 left out of this text"

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import smi_query

HEAD = """\
==============NVSMI LOG==============

Driver Version                      : 610.57.04 [Deprecated; use KMD Version instead]
CUDA Version                        : 13.3

Attached GPUs                       : 2
"""
BLOCK = """\
GPU 00000000:{bus}:00.0
    Product Name                    : NVIDIA A40
    MIG Mode
        Current                     : N/A
    GPU UUID                        : GPU-4f1d6a52-0000-0000-0000-0000000000{bus}
    PCI
        Bus                         : 0x{bus}
        GPU Link Info
            PCIe Generation
                Max                 : 4
                Current             : {gen}
                Device Current      : {gen}
                Device Max          : 4
                Host Max            : N/A
            Link Width
                Max                 : 16x
                Current             : {width}x
        Replays Since Reset         : 0
    Performance State               : {state}
    FB Memory Usage
        Total                       : 46068 MiB
    BAR1 Memory Usage
        Total                       : 65536 MiB
    Utilization
        GPU                         : 0 %
"""


def block(bus: str = "41", *, gen: int = 4, width: int = 16, state: str = "P0") -> str:
    return BLOCK.format(bus=bus, gen=gen, width=width, state=state)


WHOLE = HEAD + block("41") + block("81")


def test_a_whole_output_is_ok() -> None:
    found = smi_query.judge(WHOLE)
    assert (found.lanes, found.gpus, found.findings) == ("ok", 2, ())
    assert dict(found.cards) == {"0000:41:00.0": "A40", "0000:81:00.0": "A40"}
    assert len(found.uuids) == 2


@pytest.mark.parametrize(
    ("changed", "lanes"),
    [
        ({"width": 8}, "degraded"),
        ({"gen": 1}, "degraded"),
        ({"gen": 1, "state": "P8"}, "inconclusive"),
        ({"width": 8, "gen": 1, "state": "P8"}, "degraded"),
    ],
)
def test_width_counts_always_and_speed_under_load(changed: dict[str, int], lanes: str) -> None:
    assert smi_query.judge(HEAD + block("41", **changed) + block("81")).lanes == lanes  # type: ignore[arg-type]


def test_a_block_that_lost_its_heading_is_not_ok() -> None:
    cut = WHOLE.replace("GPU 00000000:81:00.0\n", "")
    assert smi_query.judge(cut).lanes == "unknown"


def test_a_block_cut_before_its_link_is_not_ok() -> None:
    assert smi_query.judge(WHOLE[: WHOLE.rindex("    PCI")]).lanes == "unknown"


def test_a_gpu_that_fell_off_is_an_error() -> None:
    lost = "Unable to determine the device handle for GPU 0000:81:00.0: GPU is lost.  Reboot\n"
    found = smi_query.judge(HEAD + block("41") + lost)
    assert (found.lanes, found.gpus) == ("unknown", 1)
    assert {finding.severity for finding in found.findings} == {"error"}


def test_an_excerpt_of_another_section_speaks_of_no_lanes() -> None:
    pages = "    Retired Pages\n        Double Bit ECC              : 3\n"
    found = smi_query.judge(f"{HEAD}GPU 00000001:00:00.0\n{pages}GPU 00000002:00:00.0\n")
    assert (found.lanes, found.gpus) == ("n/a", 2)
    assert [finding.severity for finding in found.findings] == ["error"]


def test_a_mig_instances_memory_is_not_the_gpus() -> None:
    mig = "    MIG Device\n        BAR1 Memory Usage\n            Total                   : 1 MiB\n"
    assert smi_query.judge(HEAD + block("41") + mig + block("81")).findings == ()


@pytest.mark.parametrize("text", [WHOLE, "Attached GPUs : 1", "GPU 0000:06:00.0"])
def test_it_is_recognised(text: str) -> None:
    assert smi_query.matches(text)


def test_other_text_is_not() -> None:
    assert not smi_query.matches("GPU 0: NVIDIA A40 (UUID: GPU-1)")


@settings(deadline=None)
@given(st.integers(0, len(WHOLE)), st.integers(0, 400), st.text(max_size=20))
def test_no_damage_raises(start: int, length: int, put: str) -> None:
    smi_query.judge(WHOLE[:start] + put + WHOLE[start + length :])


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    smi_query.matches(text)
    smi_query.judge(text)

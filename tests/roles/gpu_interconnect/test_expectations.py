import pytest

from roles.gpu_interconnect import expectations
from roles.pcie_topology.tree import Driver, Function, Gpu, Link

ADA = "NVIDIA RTX 6000 Ada Generation"


def gpu(*, gen: int = 4, width: int = 16, runs: int = 16, name: str = ADA) -> Gpu:
    speed = {1: 2.5, 3: 8.0, 4: 16.0, 5: 32.0}[gen]
    own = Link(speed=2.5, width=runs, max_speed=32.0, max_width=16)
    port = Link(speed=2.5, width=runs, max_speed=speed, max_width=width)
    return Gpu(
        function=Function("0000:41:00.0", link=own),
        path=(Function("0000:40:01.1", link=port),),
        driver=Driver(uuid="u", name=name),
    )


@pytest.mark.parametrize(
    ("gen", "width", "measured"), [(3, 16, 12.3), (3, 8, 6.2), (4, 16, 25.9), (5, 16, 55.1)]
)
def test_pcie_gives_what_others_measured(gen: int, width: int, measured: float) -> None:
    one = gpu(gen=gen, width=width)
    found = expectations.of("PHB", ends=(one, one), given={})
    assert found is not None
    assert found.gb_per_s == pytest.approx(measured, rel=0.02)


@pytest.mark.parametrize(
    ("name", "kind", "measured"),
    [
        ("NVIDIA A100-SXM4-80GB", "NV12", 275),
        ("NVIDIA H100 80GB HBM3", "NV18", 376),
        ("NVIDIA B200", "NV18", 746),
    ],
)
def test_nvlink_gives_what_others_measured(name: str, kind: str, measured: float) -> None:
    one = gpu(name=name)
    found = expectations.of(kind, ends=(one, one), given={})
    assert found is not None
    assert found.gb_per_s == pytest.approx(measured, rel=0.03)


def test_the_slower_end_counts() -> None:
    found = expectations.of("SYS", ends=(gpu(), gpu(gen=3, width=8)), given={})
    assert found is not None and found.why == "SYS at Gen3 x8"


def test_a_card_that_is_narrow_by_design_where_it_is_narrow() -> None:
    narrow = gpu(name="NVIDIA L40S", runs=8)
    found = expectations.of("PHB", ends=(narrow, gpu()), given={})
    assert found is not None and found.why == "PHB at Gen4 x8"


def test_a_slot_that_lost_lanes_is_still_expected_to_have_them() -> None:
    found = expectations.of("PHB", ends=(gpu(runs=4), gpu()), given={})
    assert found is not None and found.why == "PHB at Gen4 x16"


def test_the_inventory_has_the_last_word() -> None:
    found = expectations.of("PHB", ends=(gpu(), gpu()), given={"PHB": 9.5})
    assert found is not None and found.gb_per_s == 9.5


@pytest.mark.parametrize(
    ("kind", "ends"),
    [
        ("", (gpu(), gpu())),
        ("NV4", (gpu(), gpu())),
        ("PHB", (gpu(name="NVIDIA GB10"), gpu())),
        ("PHB", (Gpu(function=Function("0000:41:00.0")), gpu())),
    ],
)
def test_what_nothing_tells_is_not_guessed(kind: str, ends: tuple[Gpu, Gpu]) -> None:
    assert expectations.of(kind, ends=ends, given={}) is None

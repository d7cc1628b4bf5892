import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roles.pcie_topology.explain.readers import smi_csv

COLUMNS = (
    "index, name, pci.bus_id, pstate, pcie.link.gen.max, pcie.link.gen.current,"
    " pcie.link.width.max, pcie.link.width.current"
)


def row(index: int = 0, *, gen: int = 4, width: int = 16, state: str = "P0") -> str:
    bus = f"00000000:{index + 1:02X}:00.0"
    return f"{index}, NVIDIA A40, {bus}, {state}, 4, {gen}, 16, {width}"


def lanes(*rows: str, columns: str = COLUMNS) -> str:
    return smi_csv.judge("\n".join((columns, *rows))).lanes


def test_whole_rows_are_ok() -> None:
    found = smi_csv.judge("\n".join((COLUMNS, row(0), row(1))))
    assert (found.lanes, found.gpus, found.findings) == ("ok", 2, ())


def test_a_header_alone_shows_no_gpu() -> None:
    found = smi_csv.judge(COLUMNS + "\n")
    assert (found.lanes, found.gpus) == ("unknown", 0)
    assert [(one.severity, one.message) for one in found.findings] == [("error", "none is shown")]


def test_width_counts_always_and_speed_under_load() -> None:
    assert lanes(row(0), row(1, width=8)) == "degraded"
    assert lanes(row(0, gen=1)) == "degraded"
    assert lanes(row(0, gen=1, state="P8")) == "inconclusive"


def test_the_widest_column_is_enough_without_a_name() -> None:
    columns = (
        "pcie.link.gen.max, pcie.link.gen.current, pcie.link.width.max, pcie.link.width.current"
    )
    assert lanes("4, 4, 16, 16", columns=columns) == "ok"
    assert lanes("4, 4, 16, 8", columns=columns) == "degraded"


def test_units_and_no_units_are_the_same() -> None:
    columns = f"{COLUMNS}, utilization.gpu [%], memory.total [MiB]"
    assert lanes(f"{row(0)}, 5 %, 46068 MiB", columns=columns) == "ok"
    assert lanes(f"{row(0)}, 5, 46068", columns=columns) == "ok"


def test_a_row_that_lost_a_value_is_not_ok() -> None:
    assert lanes(row(0), row(1).rpartition(",")[0]) == "unknown"


def test_a_missing_index_is_an_error() -> None:
    found = smi_csv.judge("\n".join((COLUMNS, row(0), row(2))))
    assert (found.lanes, found.findings[0].severity) == ("unknown", "error")


def test_a_count_that_differs_is_an_error() -> None:
    columns = f"{COLUMNS}, count"
    assert lanes(f"{row(0)}, 3", f"{row(1)}, 3", columns=columns) == "unknown"


def test_a_healthy_row_is_kept_beside_a_lost_gpu() -> None:
    lost = "Unable to determine the device handle for GPU1: 0000:0B:00.0: GPU is lost.  Reboot"
    found = smi_csv.judge(f"0, NVIDIA A40, 00000000:05:00.0, 40.00 W\n{lost}\n")
    assert (found.gpus, found.lanes) == (1, "n/a")
    assert [(one.severity, one.subject) for one in found.findings] == [
        ("error", "GPU 0000:0b:00.0")
    ]


def test_a_lost_gpu_in_a_row_of_its_own_is_not_counted() -> None:
    lost = "1, NVIDIA A40, 00000000:02:00.0, [GPU is lost], 4, 4, 16, 16"
    found = smi_csv.judge("\n".join((COLUMNS, row(0), lost)))
    assert (found.gpus, found.lanes) == (1, "unknown")


def test_numbers_without_a_header_have_no_names() -> None:
    found = smi_csv.judge("0, 00000000:01:00.0, 4, 4, 16, 16")
    assert (found.gpus, found.lanes) == (1, "unknown")


def test_a_uuid_is_known_by_how_it_looks() -> None:
    uuid = "GPU-4f1d6a52-0000-0000-0000-000000000041"
    assert smi_csv.judge(f"NVIDIA A40, {uuid}").uuids == {uuid}


@pytest.mark.parametrize(
    "text",
    [
        COLUMNS,
        "name, pci.bus_id, persistence_mode\n",
        "driver_version\n595.71.05\n",
        "NVIDIA A40, GPU-4f1d6a52-0000-0000-0000-000000000041",
        "0, NVIDIA A40, 40.00 W",
    ],
)
def test_it_is_recognised(text: str) -> None:
    assert smi_csv.matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "GPU 0: NVIDIA A40 (UUID: GPU-4f1d6a52-0000-0000-0000-000000000041)",
        "Device: 0, NVIDIA A40, pciBusID: 1, pciDeviceID: 0, pciDomainID:0",
        "current_link_width: 16\n0, 0000000F:01:00.0, 1, 1, 16, 1",
        "some words, and some more words",
        "",
    ],
)
def test_other_text_is_not(text: str) -> None:
    assert not smi_csv.matches(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from([COLUMNS, row(0), row(1, width=8), "a, b", "GPU is lost"])))
def test_no_mix_of_lines_raises_or_hides_a_narrow_link(lines: list[str]) -> None:
    found = smi_csv.judge("\n".join(lines))
    if row(1, width=8) in lines:
        assert found.lanes != "ok"


@settings(deadline=None)
@given(st.text())
def test_no_text_raises(text: str) -> None:
    smi_csv.matches(text)
    smi_csv.judge(text)

"""nvbandwidth's one-way tests are judged, in text and JSON."""

import json
from typing import Any

import pytest

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import nvbandwidth

UP = "host_to_device_memcpy_ce"
READ = "device_to_device_memcpy_read_ce"


def case(name: str, *rows: list[str], status: str = "Passed") -> dict[str, Any]:
    return {"name": name, "status": status, "bandwidth_matrix": list(rows)}


def document(*cases: dict[str, Any], devices: tuple[str, ...] = ()) -> str:
    inner: dict[str, Any] = {"CUDA Runtime Version": 12070, "testcases": list(cases)}
    if devices:
        inner["GPU Device list"] = list(devices)
    return json.dumps({"nvbandwidth": inner})


def table(name: str, *rates: float) -> str:
    columns = "".join(f"{at:10}" for at in range(len(rates)))
    row = "0".ljust(6) + "".join(f"{rate:10.2f}" for rate in rates)
    return (
        f"Running {name}.\nmemcpy CE CPU(row) -> GPU(column) bandwidth (GB/s)\n{columns}\n{row}\n"
    )


def peers(rate: str, *, size: int = 2) -> dict[str, Any]:
    rows = [["N/A" if row == at else rate for at in range(size)] for row in range(size)]
    return case(READ, *rows)


def test_equal_gpus_at_the_rate_of_a_whole_link_are_right() -> None:
    found = nvbandwidth.judge(table(UP, 26.0, 26.1, 25.9))
    assert (found.kind, found.gpus, found.lanes) == ("nvbandwidth", 3, "ok")


def test_a_gpu_slower_than_the_others_is_degraded() -> None:
    found = nvbandwidth.judge(table(UP, 12.4, 6.2))
    assert found.lanes == "degraded"
    assert found.findings[0].subject == "GPU 0" or found.findings[1].subject == "GPU 1"


def test_opposite_traffic_is_not_judged() -> None:
    text = table("host_to_device_bidirectional_memcpy_ce", 18.5, 18.6)
    assert nvbandwidth.matches(text)
    assert nvbandwidth.judge(text).lanes == "unknown"
    assert nvbandwidth.judge(table(UP, 26.0, 26.0) + text).lanes == "ok"


def test_the_card_tells_what_its_link_gives() -> None:
    names = ("0: NVIDIA A10: (00000000:41:00)",)
    text = document(case(UP, ["12.4"]), devices=names)
    assert nvbandwidth.judge(text).lanes == "degraded"
    assert nvbandwidth.judge(text).cards == {"0000:41:00.0": "NVIDIA A10"}
    assert nvbandwidth.judge(document(case(UP, ["12.4"]))).lanes == "unknown"


def test_words_before_the_document_are_passed_over() -> None:
    text = "WARNING: {driver} is old\n" + document(case(UP, ["12.4", "26.0"]))
    found = nvbandwidth.judge(text)
    assert (found.kind, found.lanes) == ("nvbandwidth-json", "degraded")


def test_copies_between_gpus_show_nvlink() -> None:
    found = nvbandwidth.judge(document(peers("276.1")))
    assert (found.p2p, found.nvlink, found.lanes) == ("ok", "present", "n/a")
    assert nvbandwidth.judge(document(peers("26.0"))).p2p == "unproven"
    assert nvbandwidth.judge(document(peers("N/A"))).p2p == "none"


def test_waived_copies_between_gpus_are_refused_ones() -> None:
    waived = {"name": READ, "status": "Waived"}
    found = nvbandwidth.judge(document(case(UP, ["26.0", "26.0"]), waived))
    assert (found.p2p, found.lanes) == ("none", "ok")
    assert nvbandwidth.judge(document(case(UP, ["26.0"]), waived)).p2p == "n/a"


def test_kernels_are_judged_where_copy_engines_were_not_measured() -> None:
    text = document(case("host_to_device_memcpy_sm", ["26.0", "13.0"]))
    assert nvbandwidth.judge(text).lanes == "degraded"
    both = document(case(UP, ["26.0", "26.0"]), case("host_to_device_memcpy_sm", ["26.0", "13.0"]))
    assert nvbandwidth.judge(both).lanes == "ok"


@pytest.mark.parametrize(
    "text",
    [
        document(case(UP, ["26.0", "26.0"]))[:-20],
        document(case(UP, ["26.0", "26.0"], ["26.0", "26.0"])),
        document(case(UP, ["26.0", "x"])),
        document(case(UP, ["26.0", "26.0"]), peers("26.0", size=3)),
        document(case(UP, ["26.0", "26.0"]), case(READ, status="Error")),
        document(case(UP, ["26.0", "26.0"]), {"name": READ, "status": "Error"}),
        '{"nvbandwidth": {"testcases": 3}}',
        '{"nvbandwidth": {"testcases": ' + "[" * 100_000,
        table(UP, 26.0, 26.0).replace("         1", ""),
        table(UP, 26.0, 26.0).replace("26.00     26.00", "26.00"),
        f"Running {UP}.\n",
        f"Running {UP}.\nERROR: out of memory\n",
        "nvbandwidth Version: v0.8\n",
    ],
)
def test_what_is_cut_or_failed_is_not_good(text: str) -> None:
    assert nvbandwidth.matches(text)
    found = nvbandwidth.judge(text)
    assert found.lanes in ("unknown", "n/a")
    assert has_errors(found)

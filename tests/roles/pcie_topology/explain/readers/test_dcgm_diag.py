"""DCGM's diagnosis is read in both schemas; skipped is not passed, settings are no faults."""

import json
from typing import Any

import pytest

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import dcgm_diag

PERSISTENCE = {
    "error_category": 8,
    "error_id": 29,
    "error_severity": 5,
    "warning": "Persistence Mode: Persistence mode for GPU 0 is disabled.",
}
RATES = ["GPU to Host bandwidth:\t\t{0} GB/s", "Host to GPU bandwidth:\t\t{0} GB/s"]


def result(gpu: int, status: str, **more: object) -> dict[str, Any]:
    return {"entity_group": "GPU", "entity_group_id": 1, "entity_id": gpu, "status": status, **more}


def measured(gpu: int, rate: float) -> dict[str, Any]:
    return result(gpu, "Pass", info=[line.format(rate) for line in RATES])


def four(test: str, *results: dict[str, Any], device: str = "20b0") -> str:
    tests = [{"name": test, "results": list(results), "test_summary": {"status": "?"}}]
    gpus = [{"device_id": device, "entity_id": at} for at in (0, 1)]
    return json.dumps(
        {
            "DCGM Diagnostic": {"test_categories": [{"category": "Any", "tests": tests}]},
            "entity_groups": [{"entity_group": "GPU", "entity_group_id": 1, "entities": gpus}],
            "metadata": {"version": "4.2.3"},
        }
    )


def three(test: str, *results: dict[str, Any]) -> str:
    tests = [{"name": test, "results": list(results)}]
    return json.dumps(
        {"DCGM GPU Diagnostic": {"test_categories": [{"category": "Any", "tests": tests}]}}
    )


def test_a_setting_of_the_node_is_no_fault() -> None:
    text = four("software", result(0, "Fail", warnings=[PERSISTENCE]), result(1, "Pass"))
    found = dcgm_diag.judge(text)
    assert [(it.severity, it.subject) for it in found.findings] == [("warning", "GPU 0: software")]
    assert found.gpus == 2


def test_a_skipped_test_shows_nothing() -> None:
    found = dcgm_diag.judge(four("pcie", result(0, "Skip"), result(1, "Skip")))
    assert found.lanes == "unknown"
    assert {it.severity for it in found.findings} == {"warning"}


@pytest.mark.parametrize(("rate", "lanes"), [(25.9, "ok"), (13.0, "degraded"), (12.3, "degraded")])
def test_rates_outweigh_a_pass(rate: float, lanes: str) -> None:
    assert dcgm_diag.judge(four("pcie", measured(0, 25.9), measured(1, rate))).lanes == lanes


def test_a_pass_without_rates_does_not_show_lanes() -> None:
    found = dcgm_diag.judge(four("pcie", result(0, "Pass"), result(1, "Pass")))
    assert (found.lanes, found.findings[0].severity) == ("unknown", "info")


def test_a_card_on_chip_to_chip_has_no_lanes_to_judge() -> None:
    assert (
        dcgm_diag.judge(four("pcie", measured(0, 58.0), measured(1, 58.1), device="2e12")).lanes
        == "n/a"
    )


def test_a_narrow_link_is_told_by_the_failed_test() -> None:
    warning = "GPU 1 PCI link width 8 below the minimum: PCIe width is too low"
    text = four("pcie", result(0, "Pass"), result(1, "Fail", warnings=[{"warning": warning}]))
    found = dcgm_diag.judge(text)
    assert (found.lanes, has_errors(found)) == ("degraded", True)


def test_failed_links_and_peers_are_verdicts() -> None:
    link = {"warning": "GPU 0's NvLink link 3 is currently down", "error_severity": 2}
    text = four("software", result(0, "Fail", warnings=[link]), result(1, "Pass"))
    assert dcgm_diag.judge(text).nvlink == "degraded"
    peer = {"warning": "GPU 0 was unable to write to GPU 1 by P2P", "error_severity": 2}
    text = four("pcie", result(0, "Fail", warnings=[peer]), result(1, "Pass"))
    assert dcgm_diag.judge(text).p2p == "none"


def test_the_older_schema_names_gpus_in_a_list() -> None:
    results = (
        {"gpu_ids": "0,1", "status": "PASS"},
        {"gpu_ids": "2", "status": "FAIL", "warnings": "Double-bit errors"},
    )
    found = dcgm_diag.judge(three("Memory", *results))
    assert found.gpus == 3
    assert [(it.severity, it.subject, it.message) for it in found.findings] == [
        ("error", "GPU 2: memory", "Double-bit errors")
    ]


def test_a_gpu_of_which_a_test_says_nothing_is_told() -> None:
    found = dcgm_diag.judge(four("pcie", measured(0, 25.9)))
    assert found.lanes == "unknown"
    assert has_errors(found)


@pytest.mark.parametrize(
    "text",
    [
        four("pcie", measured(0, 25.9))[:-30],
        '{"DCGM Diagnostic": []}',
        '{"DCGM Diagnostic": {"runtime_error": "Detected unsupported GPUs"}}',
        '{"DCGM Diagnostic": {"test_categories": [{"tests": [3, {"results": {}}]}]}}',
        'x {"a": 1} {"DCGM GPU Diagnostic": ' + "[" * 50_000,
    ],
)
def test_what_is_cut_is_a_fault(text: str) -> None:
    assert dcgm_diag.matches(text)
    found = dcgm_diag.judge(text)
    assert found.lanes == "unknown"
    assert has_errors(found)

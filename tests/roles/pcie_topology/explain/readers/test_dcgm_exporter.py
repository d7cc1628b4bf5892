"""Metrics of dcgm-exporter: blanks are no figures, MIG instances no further GPUs."""

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import dcgm_exporter

UUID = "GPU-11111111-2222-3333-4444-55555555555{0}"


def series(metric: str, value: object, *, gpu: int = 0, more: str = "") -> str:
    labels = f'gpu="{gpu}",UUID="{UUID.format(gpu)}",modelName="NVIDIA A100-SXM4-80GB"{more}'
    return f"DCGM_FI_DEV_{metric}{{{labels}}} {value}\n"


def widths(*pairs: tuple[int, int]) -> str:
    return "".join(
        series("PCIE_LINK_WIDTH", now, gpu=at)
        + series("PCIE_MAX_LINK_WIDTH", most, gpu=at)
        + series("PCIE_LINK_GEN", 4, gpu=at)
        + series("PCIE_MAX_LINK_GEN", 4, gpu=at)
        for at, (now, most) in enumerate(pairs)
    )


def test_instances_of_one_gpu_count_once() -> None:
    text = "".join(
        series("PCIE_REPLAY_COUNTER", 0, more=f',GPU_I_ID="{instance}"') for instance in (3, 5, 6)
    )
    found = dcgm_exporter.judge(text)
    assert (found.gpus, found.findings, found.lanes) == (1, (), "n/a")
    assert found.uuids == {UUID.format(0)}


def test_a_blank_is_no_temperature() -> None:
    (finding,) = dcgm_exporter.judge(series("MEMORY_TEMP", 9223372036854775794)).findings
    assert (finding.severity, "DCGM_FI_DEV_MEMORY_TEMP" in finding.message) == ("info", True)


def test_what_a_bus_id_is_in_sysfs() -> None:
    found = dcgm_exporter.judge(series("GPU_UTIL", 0, more=',pci_bus_id="00000000:C1:00.0"'))
    assert found.cards == {"0000:c1:00.0": "NVIDIA A100-SXM4-80GB"}


def test_errors_are_weighed() -> None:
    assert has_errors(dcgm_exporter.judge(series("XID_ERRORS", 79)))
    assert not has_errors(dcgm_exporter.judge(series("XID_ERRORS", 43)))
    assert has_errors(dcgm_exporter.judge(series("ROW_REMAP_FAILURE", 1)))
    assert not has_errors(dcgm_exporter.judge(series("PCIE_REPLAY_COUNTER", 12)))


def test_exported_widths_are_judged() -> None:
    assert dcgm_exporter.judge(widths((16, 16), (16, 16))).lanes == "ok"
    assert dcgm_exporter.judge(widths((16, 16), (8, 16))).lanes == "degraded"
    assert dcgm_exporter.judge(widths((16, 16), (8, 8))).lanes == "degraded"
    assert dcgm_exporter.judge(widths((16, 16)) + series("GPU_UTIL", 0, gpu=1)).lanes == "unknown"
    idle = widths((16, 16)).replace("LINK_GEN", "LINK_GEN_NOT")
    assert dcgm_exporter.judge(idle).lanes == "inconclusive"


def test_what_is_no_figure_is_left_out() -> None:
    for value in ("NaN", "+Inf", "x", 140737488355328):
        found = dcgm_exporter.judge(series("XID_ERRORS", value))
        assert (found.gpus, has_errors(found)) == (1, False)

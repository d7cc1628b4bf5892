import pytest

from roles.pcie_topology.explain.smi_gpu import SmiGpu
from roles.pcie_topology.explain.smi_health import findings


@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("pstate", "[Unknown Error]", "error"),
        ("retired_pages.double_bit", "5", "error"),
        ("retired_pages.single_bit_ecc", "60", "warning"),
        ("retired_pages.pending", "Yes", "error"),
        ("remapped_rows.failure", "Yes", "error"),
        ("remapped_rows.pending", "Yes", "warning"),
        ("remapped_rows.uncorrectable", "1", "warning"),
        ("ecc.errors.uncorrected.volatile", "3", "error"),
        ("ecc.errors.uncorrected.aggregate", "3", "warning"),
        ("gpu_recovery_action", "Reset", "error"),
        ("fabric.status", "Failure", "error"),
        ("fabric.state", "In Progress", "warning"),
        ("pcie.replay", "81", "warning"),
        ("clocks_event_reasons.hw_thermal_slowdown", "Active", "warning"),
        ("mig.mode.current", "Enabled", "info"),
        ("persistence_mode", "Disabled", "info"),
        ("virtualization", "VGPU", "warning"),
    ],
)
def test_what_is_wrong_is_told(key: str, value: str, severity: str) -> None:
    assert [finding.severity for finding in findings(SmiGpu({key: value}))] == [severity]


@pytest.mark.parametrize(
    "healthy",
    [
        {"retired_pages.double_bit": "0", "remapped_rows.failure": "No"},
        {"gpu_recovery_action": "None", "fabric.status": "Success", "fabric.state": "Completed"},
        {"gpu_recovery_action": "N/A", "fabric.status": "[N/A]", "fabric.state": "N/A"},
        {"pcie.replay": "9", "persistence_mode": "Enabled", "mig.mode.current": "[N/A]"},
        {"bar1.total": "32768 MiB", "memory.total": "24576 MiB"},
        {"driver_version": "595.71.05", "kmd_version": "595.71.05"},
        {"driver_version": "610.1 [Deprecated, use KMD]", "kmd_version": "610.1"},
    ],
)
def test_what_is_right_is_not_told(healthy: dict[str, str]) -> None:
    assert findings(SmiGpu(healthy)) == ()


def test_a_small_window_on_a_big_card_is_told() -> None:
    (finding,) = findings(SmiGpu({"bar1.total": "256 MiB", "memory.total": "24576 MiB"}))
    assert "resizable BAR is off" in finding.message


def test_two_versions_of_a_driver_are_told() -> None:
    (finding,) = findings(SmiGpu({"driver_version": "595.71.05", "kmd_version": "595.58.03"}))
    assert "595.58.03" in finding.message

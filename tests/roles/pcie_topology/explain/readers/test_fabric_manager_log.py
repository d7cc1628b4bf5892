"""The fabric manager's journal tells version skew and what does not start."""

from roles.pcie_topology.explain.judgement import has_errors
from roles.pcie_topology.explain.readers import fabric_manager_log

SKEW = (
    "nv-fabricmanager[9]: fabric manager NVIDIA GPU driver interface version {0} {word} match with "
    "driver version {1}. Please update with matching NVIDIA driver package.\n"
)
EXIT = "systemd[1]: nvidia-fabricmanager.service: Control process exited, code=exited\n"


def test_version_skew_names_both_versions_and_which_moved() -> None:
    for word in ("don't", "doesn't"):
        text = SKEW.format("595.71.05", "590.48.01", word=word) + EXIT
        assert fabric_manager_log.matches(text)
        (finding,) = fabric_manager_log.judge(text).findings
        assert finding.severity == "error"
        assert "it moved ahead" in finding.message
        assert "590.48.01" in finding.advice
    (behind,) = fabric_manager_log.judge(SKEW.format("580.9", "580.10", word="don't")).findings
    assert "the driver moved ahead" in behind.message


def test_a_failed_start_is_a_fault() -> None:
    assert has_errors(fabric_manager_log.judge(EXIT))


def test_a_host_without_switches_needs_none() -> None:
    text = "nvidia-fabricmanager: NV_WARN_NOTHING_TO_DO\n" + EXIT
    assert not has_errors(fabric_manager_log.judge(text))


def test_kernel_lines_in_between_are_judged_too() -> None:
    text = "nv-fabricmanager[9]: started\nkernel: NVRM: Xid (PCI:0000:41:00): 74, pid=1\n"
    found = fabric_manager_log.judge(text)
    assert (found.nvlink, has_errors(found)) == ("degraded", True)


def test_a_quiet_journal_is_no_fault() -> None:
    assert not has_errors(fabric_manager_log.judge("nv-fabricmanager[9]: started\n"))

from roles.pcie_topology.explain.readers import gdscheck

REPORT = """\
 GDS release version: 1.13
 GPU index 0 NVIDIA A40 bar:1 bar size (MiB):65536 supports GDS, IOMMU State: {state}
 IOMMU: {state}
"""


def test_gpus_and_the_iommu_are_told() -> None:
    found = gdscheck.judge(REPORT.format(state="disabled"))
    assert found.gpus == 1
    assert [finding.severity for finding in found.findings] == ["info", "info"]


def test_an_iommu_that_is_on_is_a_warning() -> None:
    assert gdscheck.judge(REPORT.format(state="enabled")).findings[-1].severity == "warning"


def test_it_is_recognised() -> None:
    assert gdscheck.matches(REPORT)
    assert not gdscheck.matches("IOMMU: enabled")

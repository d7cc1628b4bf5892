import pytest
from pydantic import ValidationError

from roles.pcie_topology.settings import PcieTopologySettings


def test_nothing_need_be_given() -> None:
    made = PcieTopologySettings()
    assert (made.acs, made.iommu, made.manifest) == ("checked", "no_translation", None)


@pytest.mark.parametrize("given", [{"41:00.0": 8}, {"0000:41:00": 8}, {"0000:41:00.0": 5}])
def test_a_width_is_given_by_address_as_sysfs_writes_it(given: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match=r"no PCI address|no link has 5 lanes"):
        PcieTopologySettings(expected_width=given)


def test_a_width_of_eight_is_taken() -> None:
    made = PcieTopologySettings(expected_width={"0000:41:00.0": 8})
    assert made.expected_width == {"0000:41:00.0": 8}

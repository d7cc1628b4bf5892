"""Lab hosts have names and addresses that the lab can give them."""

import pytest
from pydantic import ValidationError

from infra.lab.spec import LabHost, unfit

BAD = ["..", "../x", "a/b", "", "-a", "Gpu-1", "a.b", "x" * 32]


@pytest.mark.parametrize("name", BAD)
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        LabHost(name=name, address="10.77.0.9", user="root", os="debian-13")
    assert [key for key, _ in unfit(name, "10.77.0.9")] == [""]


@pytest.mark.parametrize(
    "address", ["gpu-1", "10.0.0.1", "10.77.0.0", "10.77.0.1", "10.77.0.2", "10.77.0.255", "::1"]
)
def test_an_address_that_the_lab_cannot_give_is_refused(address: str) -> None:
    [(key, sentence)] = unfit("gpu-1", address)
    assert key == "ssh_hostname"
    assert "give an IPv4 address in 10.77.0.0/24 other than 10.77.0.1 and 10.77.0.2" in sentence


def test_a_fit_host_has_no_mistake() -> None:
    assert list(unfit("gpu-1", "10.77.0.11")) == []

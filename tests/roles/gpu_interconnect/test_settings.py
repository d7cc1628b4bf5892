import pytest
from pydantic import ValidationError

from roles.gpu_interconnect.settings import GpuInterconnectSettings


def test_nothing_is_required_and_nothing_runs_by_default() -> None:
    found = GpuInterconnectSettings()
    assert (found.probe_image, found.required) == (None, False)
    assert GpuInterconnectSettings(probe_image=None) == found


def test_the_probe_is_an_image_by_digest() -> None:
    with pytest.raises(ValidationError, match="no digest"):
        GpuInterconnectSettings(probe_image="pytorch/pytorch:2.9")
    pinned = "pytorch/pytorch:2.9@sha256:" + "a" * 64
    assert GpuInterconnectSettings(probe_image=pinned).probe_image == pinned


def test_rates_are_given_by_link() -> None:
    assert GpuInterconnectSettings(expected_gb_per_s={"PHB": 9.0, "NV4": 50.0})
    with pytest.raises(ValidationError, match='"PCIE" is no link'):
        GpuInterconnectSettings(expected_gb_per_s={"PCIE": 9.0})
    with pytest.raises(ValidationError):
        GpuInterconnectSettings(expected_gb_per_s={"PHB": 0})

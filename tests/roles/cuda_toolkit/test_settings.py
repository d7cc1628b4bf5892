import pytest
from pydantic import ValidationError

from roles.cuda_toolkit.settings import CudaToolkitSettings


@pytest.mark.parametrize("version", ["12.9", "12", "12.9.1-1", "latest"])
def test_a_version_that_is_not_exact_is_refused(version: str) -> None:
    with pytest.raises(ValidationError, match=r"give one such as 12\.9\.1"):
        CudaToolkitSettings(version=version)


def test_an_exact_version_is_taken() -> None:
    assert CudaToolkitSettings(version="12.9.1").link

"""GPUs that are missing between those that are listed."""

import pytest

from roles.pcie_topology.explain import listing


@pytest.mark.parametrize(
    ("shown", "missing"),
    [
        ([0, 1, 2], []),
        ([6], []),
        ([], []),
        ([0, 2], ["GPU 1"]),
        ([1, 2], ["GPU 0"]),
        ([0, 3], ["GPU 1 and GPU 2"]),
    ],
)
def test_an_index_that_is_passed_over_is_an_error(shown: list[int], missing: list[str]) -> None:
    assert [finding.subject for finding in listing.gaps(shown)] == missing


def test_a_uuid_of_zeros_is_nobodys() -> None:
    masked = "GPU-00000000-0000-0000-0000-000000000000"
    assert listing.uuids(["GPU-1b2c", masked, ""]) == {"GPU-1b2c"}

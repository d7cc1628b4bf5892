import pytest

from roles.gpu_driver import branches
from roles.gpu_driver.branches import Architecture
from roles.gpu_driver.cards import Card


def asking(row: Architecture, *, compute: str) -> Card:
    return Card(name="x", architecture=row.name, compute=compute, gen=0, width=0, c2c=row.c2c)


@pytest.mark.parametrize(
    ("version", "number"),
    [("470", 470), ("580.95.05", 580), ("555.42.06", 550), ("469.99", None), ("700.1", 620)],
)
def test_a_version_is_of_its_branch_or_of_the_next_older(version: str, number: int | None) -> None:
    found = branches.of(version)
    assert (None if found is None else found.number) == number


def test_branches_are_advised_in_the_files_order_and_none_is_unknown() -> None:
    assert [row.number for row in branches.advised()] == branches.data()["advise"]


def test_no_row_of_an_architecture_hides_one_below_it() -> None:
    rows = branches._architectures()
    assert any(row.compute for row in rows) and any(row.c2c for row in rows)
    for row in rows:
        for compute in row.compute or ("",):
            assert branches.architecture(asking(row, compute=compute)) is row


def test_an_architectures_first_and_last_branch_are_listed() -> None:
    numbers = {row.number for row in branches.listed()}
    for row in branches._architectures():
        assert {row.first, row.last} - {0, None} <= numbers


def test_an_architectures_last_branch_has_a_flavour_for_it() -> None:
    for row in branches._architectures():
        last = branches.of(str(row.last)) if row.last is not None else branches.listed()[-1]
        assert last is not None
        assert set(row.modules) & set(last.modules), row.name

"""The cache: made once for a recipe, and there only when whole."""

from pathlib import Path

import pytest

from infra.lab.cached import cached


class Maker:
    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, into: Path) -> None:
        self.calls += 1
        (into / "made").write_text("whole")


def test_it_is_made_once_for_a_recipe(tmp_path: Path) -> None:
    make = Maker()
    first = cached(tmp_path / "kind", recipe="a", make=make)
    assert cached(tmp_path / "kind", recipe="a", make=make) == first
    assert make.calls == 1
    assert (first / "made").read_text() == "whole"


def test_another_recipe_is_made_beside_it(tmp_path: Path) -> None:
    make = Maker()
    first = cached(tmp_path, recipe="a", make=make)
    assert cached(tmp_path, recipe="b", make=make) != first
    assert first.exists()


def test_what_was_cut_short_is_not_found_and_leaves_no_remains(tmp_path: Path) -> None:
    def cut(into: Path) -> None:
        (into / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached(tmp_path, recipe="a", make=cut)
    folder = cached(tmp_path, recipe="a", make=Maker())
    assert [path.name for path in folder.iterdir()] == ["made"]

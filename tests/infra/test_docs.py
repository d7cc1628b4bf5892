"""Settings become the manual's table."""

from typing import Literal

import pytest

from infra import docs
from infra.role import Settings


class Example(Settings):
    version: str
    """Exact version;
    never a branch."""
    modules: Literal["open", "proprietary"] = "open"
    """Flavour | kind."""
    mirrors: tuple[str, ...] = ()
    """Mirrors."""
    limit: int | None = None
    """Limit."""


def test_a_table_has_a_row_for_every_setting() -> None:
    assert docs.table(Example).splitlines()[2:] == [
        "| `version` | str | required | Exact version; never a branch. |",
        '| `modules` | "open" or "proprietary" | `\'open\'` | Flavour \\| kind. |',
        "| `mirrors` | list of str | `[]` | Mirrors. |",
        "| `limit` | int | not given | Limit. |",
    ]


def test_the_table_goes_between_its_markers_and_nowhere_else() -> None:
    text = "# Role\n<!-- settings -->\nold\n<!-- /settings -->\nafter\n"
    fresh = docs.with_table(text, "new\n")
    assert fresh == "# Role\n<!-- settings -->\nnew\n<!-- /settings -->\nafter\n"
    assert docs.with_table(fresh, "new\n") == fresh


def test_a_readme_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- settings -->"):
        docs.with_table("# Role\n", "new\n")

"""Settings become the manual's table."""

from typing import Literal

import pytest

from infra import docs, role
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


def test_the_overview_hangs_in_the_width_it_is_given() -> None:
    lines = docs.overview(width=60).splitlines()
    assert max(map(len, lines)) <= 60
    names = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert names == list(role.names())
    margin = max(map(len, names)) + 2
    assert all(line[margin - 1] == " " and line[margin] != " " for line in lines)


def test_the_overview_is_a_line_a_role_where_there_is_room() -> None:
    assert len(docs.overview(width=10_000).splitlines()) == len(role.names())


def test_a_readme_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="<!-- settings -->"):
        docs.with_table("# Role\n", "new\n")

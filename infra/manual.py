"""What the roles' own folders say of their checks: their names, and what to do when one fails."""

import ast
import re
from functools import cache
from pathlib import Path

import roles

_ROOT = Path(next(iter(roles.__path__)))
_ROW = re.compile(r"^\| `(check_\w+)` \| (?:.* \| )?(.+?) \|$")
"""A row of a README's table: check, what its failure means and, in the last cell, what to do."""


@cache
def checks(role: str, *, root: Path = _ROOT) -> tuple[str, ...]:
    """Names of a role's checks in their order; read, not imported, so that no host is needed."""
    path = root / role / "checks.py"
    if not path.is_file():
        return ()
    body = ast.parse(path.read_text()).body
    names = (item.name for item in body if isinstance(item, ast.FunctionDef))
    return tuple(name for name in names if name.startswith("check_"))


def todo(role: str, check: str, *, root: Path = _ROOT) -> str:
    """What the role's README says to do when a check fails; empty when it says nothing."""
    return _table(role, root=root).get(check, "")


@cache
def _table(role: str, *, root: Path) -> dict[str, str]:
    path = root / role / "README.md"
    if not path.is_file():
        return {}
    rows = (_ROW.match(line) for line in path.read_text().splitlines())
    return {row[1]: row[2].replace("\\|", "|").strip() for row in rows if row is not None}

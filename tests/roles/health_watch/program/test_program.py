"""The joined program as a file."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

from roles.health_watch import program


def test_no_name_is_defined_twice_in_the_joined_file() -> None:
    tree = ast.parse(program.text())
    defined = [
        one.name
        for one in tree.body
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    ]
    named = [
        target.id
        for one in tree.body
        if isinstance(one, ast.Assign)
        for part in one.targets
        for target in ast.walk(part)
        if isinstance(target, ast.Name)
    ]
    assert [name for name, count in Counter([*defined, *named]).items() if count > 1] == []
    assert "roles." not in program.text()


def test_every_module_is_in_it() -> None:
    folder = Path(program.__file__).parent
    first_lines = [
        path.read_text().splitlines()[0] for path in folder.glob("*.py") if path.stem != "__init__"
    ]
    assert all(line in program.text() for line in first_lines)


def test_without_a_promise_it_says_so_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "infra-health"
    path.write_text(program.text())
    argv = [sys.executable, "-IS", str(path), str(tmp_path / "none")]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 1
    assert "deploy this balancer" in done.stderr

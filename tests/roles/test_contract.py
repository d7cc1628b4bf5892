"""What every role must bring; a failure here says what a new role still lacks."""

import ast
import importlib
import inspect
from pathlib import Path

import pytest
import yaml

from infra import docs, role
from infra.promise import deploy_names
from infra.role import Settings

ROOT = Path(__file__).resolve().parents[2]
ROLES = role.names()


def folder(name: str) -> Path:
    return ROOT / "roles" / name


def checks(name: str) -> dict[str, ast.FunctionDef]:
    path = folder(name) / "checks.py"
    if not path.is_file():
        return {}
    found = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))
    return {node.name: node for node in found if node.name.startswith("check_")}


def imports(path: Path) -> set[str]:
    nodes = ast.walk(ast.parse(path.read_text()))
    return {
        f"{node.module}.{name.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }


@pytest.mark.parametrize("name", ROLES)
def test_a_role_says_its_name_and_settings(name: str) -> None:
    found = role.load(name)
    assert found.name == name, f"roles/{name}/__init__.py: ROLE is named {found.name}"
    assert issubclass(found.settings, Settings)
    assert (importlib.import_module(f"roles.{name}").__doc__ or "").strip()


@pytest.mark.parametrize("name", ROLES)
def test_every_setting_has_its_manual(name: str) -> None:
    fields = role.load(name).settings.model_fields
    bare = [key for key, field in fields.items() if not field.description]
    assert not bare, f"roles/{name}/settings.py: no docstring under {', '.join(bare)}"


@pytest.mark.parametrize("name", ROLES)
def test_a_role_acts_through_apply(name: str) -> None:
    part = role.load(name).part("operations")
    if part is not None:
        assert list(inspect.signature(part.apply).parameters) == ["settings"]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_proves_itself(name: str) -> None:
    assert checks(name), f"roles/{name}/checks.py: a role without a check promises nothing"


@pytest.mark.parametrize("name", ROLES)
def test_every_check_is_one_true_sentence(name: str) -> None:
    for check, node in checks(name).items():
        first = (ast.get_docstring(node) or "").split("\n\n")[0]
        assert first.endswith("."), f"roles/{name}/checks.py: {check}: no sentence"
        assert [arg.arg for arg in node.args.args] == ["host", "settings"], check


@pytest.mark.parametrize("name", ROLES)
def test_checks_do_not_echo_operations(name: str) -> None:
    path = folder(name) / "checks.py"
    if path.is_file():
        assert not [found for found in imports(path) if ".operations" in found]


@pytest.mark.parametrize("name", ROLES)
def test_pure_modules_touch_no_host(name: str) -> None:
    for path in folder(name).rglob("*.py"):
        if path.stem not in {"facts", "operations", "checks"}:
            touching = {found.split(".")[0] for found in imports(path)} & {
                "pyinfra",
                "testinfra",
                "subprocess",
            }
            assert not touching, f"{path}: imports {touching}"


@pytest.mark.parametrize("name", ROLES)
def test_every_module_has_its_tests(name: str) -> None:
    tests = ROOT / "tests" / "roles" / name
    for path in folder(name).glob("*.py"):
        if path.stem not in {"__init__", "checks", "facts", "closing"}:
            assert (tests / f"test_{path.stem}.py").is_file(), f"{tests}/test_{path.stem}.py"


@pytest.mark.parametrize("name", ROLES)
def test_every_check_has_a_break_of_its_own(name: str) -> None:
    path = ROOT / "tests" / "roles" / name / "breaks.yaml"
    table = yaml.safe_load(path.read_text())
    assert set(table) == set(checks(name)), path
    for check, entry in table.items():
        assert set(entry) == {"nodes", "break", "mend"}, f"{path}: {check}"


@pytest.mark.parametrize("name", ROLES)
def test_the_readme_tells_of_every_check(name: str) -> None:
    text = (folder(name) / "README.md").read_text()
    missing = [check for check in checks(name) if check not in text]
    assert not missing, f"roles/{name}/README.md says nothing of {', '.join(missing)}"


def test_every_settings_table_is_up_to_date() -> None:
    assert docs.refresh(write=False) == (), "run: infra docs"


@pytest.mark.parametrize("name", deploy_names())
def test_a_deploy_lists_roles_that_exist(name: str) -> None:
    listed = importlib.import_module(f"deploys.{name}").ROLES
    assert set(listed) <= set(ROLES)
    assert len(set(listed)) == len(listed)


def test_every_role_is_in_a_deploy() -> None:
    used = {
        name for kind in deploy_names() for name in importlib.import_module(f"deploys.{kind}").ROLES
    }
    assert set(ROLES) == used

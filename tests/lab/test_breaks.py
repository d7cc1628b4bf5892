"""Every check of every role fails by its name when what it promises is broken."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from labhosts import INVENTORY, ROOT, Ended, Infra, Shell

Verdicts = Callable[[str, str], dict[str, str]]

NODE = {"gpu_nodes": "gpu-2", "load_balancers": "balancer-1", "all": "balancer-1"}
FILES = sorted((ROOT / "tests" / "roles").glob("*/breaks.yaml"))


def table() -> list[Any]:
    rows = [(path.parent.name, yaml.safe_load(path.read_text())) for path in FILES]
    return [
        pytest.param(role, check, entry, id=f"{role}-{check}")
        for role, entries in rows
        for check, entry in entries.items()
    ]


@pytest.fixture(scope="module")
def verdicts(deployed: Ended) -> Iterator[Verdicts]:
    """The verdicts on a node's role by check, now."""
    program = Path(__file__).with_name("checking.py")
    argv = [sys.executable, str(program), str(INVENTORY)]
    with subprocess.Popen(
        argv, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as judge:
        assert judge.stdin is not None and judge.stdout is not None

        def ask(node: str, role: str) -> dict[str, str]:
            print(node, role, file=judge.stdin, flush=True)
            answer: dict[str, str] = json.loads(judge.stdout.readline())  # type: ignore[union-attr]
            return answer

        yield ask


@pytest.mark.parametrize(("role", "check", "entry"), table())
def test_a_broken_promise_is_named(
    verdicts: Verdicts, infra: Infra, shell: Shell, role: str, check: str, entry: dict[str, str]
) -> None:
    node = NODE.get(entry["nodes"], entry["nodes"])
    shell(node, entry["break"])
    try:
        assert verdicts(node, role).get(check) == "failed"
    finally:
        mend(infra, shell, node, entry["mend"])


def test_everything_is_mended(deployed: Ended, infra: Infra) -> None:
    done = infra("check", str(INVENTORY))
    assert done.code == 0, [v for v in done.json["verdicts"] if v["verdict"] != "passed"]


def mend(infra: Infra, shell: Shell, node: str, text: str) -> None:
    if text == "deploy":
        done = infra("deploy", str(INVENTORY), "--limit", node)
        assert done.code == 0, done.out
    else:
        shell(node, text)


def test_every_check_has_a_break() -> None:
    for path in sorted((ROOT / "roles").glob("*/checks.py")):
        breaks = ROOT / "tests" / "roles" / path.parent.name / "breaks.yaml"
        assert set(yaml.safe_load(breaks.read_text())) == set(checks_in(path)), path


def checks_in(path: Path) -> list[str]:
    spec = importlib.util.spec_from_file_location("checks", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return [name for name in vars(module) if name.startswith("check_")]

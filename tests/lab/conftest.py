"""Real hosts on this machine: one deploy from bare, shared by the tests that look at it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from labhosts import ADDRESS, INVENTORY, LAB, ROOT, USER, Ended, Infra, Shell

HERE = Path(__file__).resolve().parent
WITH_JSON = ("deploy", "check", "drain", "undrain", "rotation", "gate")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.lab)


@pytest.fixture(scope="session")
def infra(tmp_path_factory: pytest.TempPathFactory) -> Infra:
    """Run the command line in a process of its own."""
    folder = tmp_path_factory.mktemp("json")

    def run(*words: str, env: dict[str, str] | None = None) -> Ended:
        path = folder / "out.json"
        path.unlink(missing_ok=True)
        more = ["--json", str(path)] if words[0] in WITH_JSON else []
        done = subprocess.run(
            [sys.executable, "-m", "infra", *words, *more],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, **(env or {})},
        )
        found = json.loads(path.read_text()) if path.exists() else {}
        return Ended(done.returncode, done.stdout, done.stderr, found)

    return run


@pytest.fixture(scope="session")
def shell() -> Shell:
    """Run shell text as root on a lab host, over SSH."""

    def run(node: str, command: str) -> str:
        sudo = [] if USER[node] == "root" else ["sudo"]
        options = ["-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={LAB / 'known_hosts'}"]
        login = f"{USER[node]}@{ADDRESS[node]}"
        key = str(LAB / "keys" / "id_ed25519")
        done = subprocess.run(
            ["ssh", "-i", key, *options, login, *sudo, "sh", "-s"],
            input=command,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{node}: {command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def bare(infra: Infra) -> None:
    """Every lab host up and bare."""
    up = infra("lab", "up")
    assert up.code == 0, up.err
    for node in ADDRESS:
        reset = infra("lab", "reset", node)
        assert reset.code == 0, reset.err


@pytest.fixture(scope="session")
def deployed(bare: None, infra: Infra) -> Ended:
    """The first deploy of bare hosts."""
    done = infra("deploy", str(INVENTORY))
    assert done.code == 0, done.out + done.err
    return done

"""The wrapper is a program of its own: run as one, on a bundle as a container engine writes it."""

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra.lab.machine import PAYLOAD

FOREVER = 2**64 - 1


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    text: dict[str, Any] = {
        "process": {
            "capabilities": {"bounding": ["CAP_CHOWN", "CAP_SYS_RESOURCE"]},
            "rlimits": [
                {"type": "RLIMIT_NOFILE", "hard": hard + 1, "soft": hard + 1},
                {"type": "RLIMIT_CORE", "hard": 0, "soft": 0},
            ],
        },
        "linux": {"resources": {"pids": {"limit": 5}}},
    }
    (tmp_path / "config.json").write_text(json.dumps(text))
    return tmp_path


def _run(*words: str) -> None:
    # Ends with whatever the real runc says; on a machine without one, with an error
    subprocess.run([sys.executable, PAYLOAD / "runc.py", *words], capture_output=True)


def test_what_the_machine_does_not_grant_is_taken_out(bundle: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    _run("--root", "/nowhere", "create", "--bundle", str(bundle), "c1")
    found = json.loads((bundle / "config.json").read_text())
    assert found["process"]["capabilities"]["bounding"] == ["CAP_CHOWN"]
    assert found["process"]["rlimits"] == [
        {"type": "RLIMIT_NOFILE", "hard": hard, "soft": hard},
        {"type": "RLIMIT_CORE", "hard": 0, "soft": 0},
    ]
    assert found["linux"]["resources"] == {"pids": {"limit": 5}}


def test_other_commands_leave_the_bundle_alone(bundle: Path) -> None:
    before = (bundle / "config.json").read_text()
    _run("delete", "--bundle", str(bundle))
    assert (bundle / "config.json").read_text() == before

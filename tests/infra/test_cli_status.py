"""The status of a site, of which one host answers from a table and the others do not exist."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOLD = {
    "nodes": {"gpu-1": {"state": "in", "holds": [], "in_flight": 0, "pools": ["m"]}},
    "canary": {},
    "swaps": {},
}
PARTS = {"uid": "0", "up": "7200.5 9.0", "boot": "abc", "rotation": json.dumps(TOLD)}
CHECKED = json.dumps({"by": "lea", "host": "desk", "started": "2026-11-21T03:12:00+00:00"})
ANSWER = "".join(f"\n@@infra {name}\n{text}\n" for name, text in PARTS.items())


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Site:
    """A host that answers, and one on a port where nobody listens."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file, self.state, self.server = folder / "rack.py", folder / "state", server
        closed = {**server.data, "ssh_port": 1}
        hosts = [("gpu-0", server.data), ("gpu-1", closed)]
        self.file.write_text(f"base_hosts = {hosts!r}\n")
        server.canned["@@infra"] = ANSWER

    def status(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", "status", str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state)},
        )


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Site:
    return Site(tmp_path, server)


def test_each_node_has_a_line_and_one_that_is_away_says_why(site: Site) -> None:
    done = site.status("--json", "-")
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert lines[0].startswith("rack · 2 nodes, 1 unreachable · ")
    assert lines[1].split() == ["node", "up", "in", "rotation"]
    assert lines[2].split() == ["gpu-0", "2", "h"]
    assert "✓ yes" in lines[3]
    assert "unreachable since" in lines[3]
    assert any(line.startswith("✗ gpu-1: unreachable since") for line in lines)
    said = {node["node"]: node for node in json.loads(done.stdout)["nodes"]}
    assert (said["gpu-0"]["reached"], said["gpu-1"]["reached"]) == (True, False)
    assert sum("@@infra" in command for command in site.server.commands) == 1


def test_a_redacted_status_names_nobody(site: Site) -> None:
    site.server.canned["@@infra"] = f"{ANSWER}\n@@infra record last_check\n{CHECKED}\n"
    done = site.status("--redact", "--json", "-")
    for word in ("gpu-0", "gpu-1", "127.0.0.1", "tester", str(site.file), "rack", "lea", "desk"):
        assert word not in done.stdout + done.stderr
    assert "node-1" in done.stderr
    assert json.loads(done.stdout)["nodes"][1]["node"] == "node-2"


def test_a_watch_ends_quietly_by_ctrl_c(site: Site) -> None:
    words = [sys.executable, "-m", "infra", "status", str(site.file), "--watch"]
    watch = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(site.state)},
    )
    assert watch.stdout is not None
    assert any(line.startswith("✗ gpu-1: unreachable") for line in watch.stdout)
    watch.send_signal(signal.SIGINT)
    out, err = watch.communicate(timeout=60)
    assert (watch.returncode, out, err) == (1, "", "")


def test_a_stream_of_looks_is_no_json(site: Site) -> None:
    done = site.status("--watch", "--json", "-")
    assert done.returncode == 2
    assert not site.server.commands


def test_what_hosts_say_word_for_word_is_not_for_strangers(site: Site) -> None:
    done = site.status("--redact", "--verbose")
    assert (done.returncode, done.stdout) == (2, "")
    assert not site.server.commands

"""The pass over nodes that their gate keeps out, against a balancer that answers from a table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GATE = {
    "owner": "gate",
    "reason": "it booted since it was checked last",
    "by": "infra-health",
    "since": "2026-11-21T03:12:00+00:00",
}
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAA==\n-----END PGP PUBLIC KEY BLOCK-----\n"
NODES: dict[str, Any] = {
    "gpu_driver": {"origin": "ubuntu", "version": "580.95.05", "modules": "open"},
    "container_runtime": {
        "docker_version": "28.2",
        "toolkit_version": "1.19.1",
        "toolkit_repository": {"uri": "https://192.0.2.1/", "suites": ["/"], "key": KEY},
    },
    "model_cache": {
        "models": {"small": {"file": "s.gguf", "source": "/srv/s.gguf", "sha256": "0" * 64}}
    },
    "inference_engine": {
        "engine": "llama_cpp",
        "image": f"localhost/llama:b1@sha256:{'0' * 64}",
        "model": "small",
        "context_tokens": 2048,
        "parallel_requests": 4,
    },
}


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Site:
    """Two nodes that take no connection, and a balancer that says who holds the first."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file, self.server, self.state = folder / "rack.py", server, folder / "state"
        away = {"ssh_port": 1}
        hosts = [(f"gpu-{n}", {"ssh_hostname": f"127.0.0.{n + 1}", **away}) for n in (1, 2)]
        balancer = {**server.data, "load_balancer": {"api_keys": {"me": "env:NO_SUCH_KEY"}}}
        self.file.write_text(
            f"gpu_nodes = ({hosts!r}, {NODES!r})\nload_balancers = [('b', {balancer!r})]\n"
        )
        server.canned["id -u"] = "0"
        self.holds()

    def holds(self, *held: dict[str, str]) -> None:
        nodes = {
            name: {"state": "out" if own else "in", "holds": own, "in_flight": 0, "pools": ["s"]}
            for name, own in {"gpu-1": held, "gpu-2": ()}.items()
        }
        self.server.canned["infra-rotation show"] = json.dumps({"nodes": nodes})

    def gate(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", "gate", str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state)},
        )


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Site:
    return Site(tmp_path, server)


def test_nobody_is_kept_out(site: Site) -> None:
    done = site.gate("--json", "-")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["nodes"] == []
    assert "No node is kept out by its gate" in done.stderr
    # a timer asks often: a pass with nothing to do leaves no record that pushes others out
    assert list(site.state.rglob("run.json")) == []


def test_a_hold_of_somebody_else_is_not_the_gates(site: Site) -> None:
    site.holds({**GATE, "owner": "operator"})
    assert site.gate().returncode == 0


def test_a_node_that_cannot_be_asked_stays_out_and_is_not_deployed(site: Site) -> None:
    site.holds(GATE)
    done = site.gate("--json", "-")
    assert done.returncode == 3, done.stderr
    (node,) = json.loads(done.stdout)["nodes"]
    assert (node["node"], node["open"], node["deployed"]) == ("gpu-1", False, False)
    assert node["why"].startswith("unreachable: ")
    assert "✗ gpu-1 stays out of rotation: unreachable: " in done.stderr
    assert not any("infra-rotation lift" in command for command in site.server.commands)


def test_a_limit_names_whom_to_look_at(site: Site) -> None:
    site.holds(GATE)
    assert site.gate("--limit", "gpu-2").returncode == 0
    assert site.gate("--limit", "gpu-9").returncode == 2

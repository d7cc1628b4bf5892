"""The swap of a spare, against a balancer that answers from a table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENGINE = {
    "engine": "llama_cpp",
    "image": f"localhost/llama:b1@sha256:{'0' * 64}",
    "model": "small",
    "context_tokens": 2048,
    "parallel_requests": 4,
}
MODEL = {"file": "small.gguf", "source": "/srv/small.gguf", "sha256": "0" * 64}
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAA==\n-----END PGP PUBLIC KEY BLOCK-----\n"
NODES: dict[str, Any] = {
    "gpu_driver": {"origin": "ubuntu", "version": "580.95.05", "modules": "open"},
    "container_runtime": {
        "docker_version": "28.2",
        "toolkit_version": "1.19.1",
        "toolkit_repository": {"uri": "https://192.0.2.1/", "suites": ["/"], "key": KEY},
    },
    "model_cache": {"models": {"small": MODEL}},
    "inference_engine": ENGINE,
}
HELD = {"owner": "health", "reason": "silent", "by": "watch", "since": "2026-11-21T03:12:00Z"}
SWAP = {"spare": "spare-1", "by": "mara@laptop", "since": "2026-11-21T03:12:00Z"}
TOKEN = """100.00
100.25 data: {"choices": [{"delta": {"content": "Hello"}}]}
100.30 data: [DONE]"""


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Site:
    """Two nodes, a spare, and a balancer that answers what it was told."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file, self.server, self.state = folder / "rack.py", server, folder / "state"
        balancer = {**server.data, "load_balancer": {"api_keys": {"me": "env:NO_SUCH_KEY"}}}
        hosts = {
            "gpu_nodes": [(f"gpu-{n}", {"ssh_hostname": f"192.0.2.{n}"}) for n in (1, 2)],
            "spare_nodes": [("spare-1", {"ssh_hostname": "192.0.2.3"})],
        }
        lines = [f"{group} = ({some!r}, {NODES!r})" for group, some in hosts.items()]
        self.file.write_text("\n".join([*lines, f"load_balancers = [('b', {balancer!r})]", ""]))
        server.canned |= {"id -u": "0", "EPOCHREALTIME": TOKEN}
        self.shows()

    def shows(self, *, spare: list[dict[str, str]] | None = None, swapped: bool = False) -> None:
        nodes = {
            name: {
                "state": "out" if holds else "in",
                "holds": holds,
                "in_flight": 0,
                "pools": ["small"],
                "spare": name == "spare-1",
            }
            for name, holds in (("gpu-1", []), ("gpu-2", []), ("spare-1", spare or []))
        }
        said = {"nodes": nodes, "canary": {}, "swaps": {"gpu-2": SWAP} if swapped else {}}
        for verb in ("show", "swap", "unswap"):
            self.server.canned[f"infra-rotation {verb}"] = json.dumps(said)

    def without(self, node: str) -> None:
        """The inventory has that node no more; the balancer still holds it for a swap."""
        lines = self.file.read_text().replace(f"('{node}', {{'ssh_hostname': '192.0.2.2'}})", "")
        self.file.write_text(lines)

    def swap(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", "swap", str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state)},
        )

    @property
    def changes(self) -> list[str]:
        said = [
            one.partition("; /usr/local/sbin/infra-rotation ")[2] for one in self.server.commands
        ]
        return [
            one.partition(" --by")[0].rstrip("'") for one in said if one[:4] in ("swap", "unsw")
        ]


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Site:
    return Site(tmp_path, server)


def test_a_swap_is_proven_and_says_how_to_undo_it(site: Site) -> None:
    done = site.swap("gpu-2", "spare-1", "--json", "-")
    said = json.loads(done.stdout)
    assert (done.returncode, site.changes) == (0, ["swap gpu-2 spare-1"])
    assert done.stderr.startswith("✓ spare-1 serves in the place of gpu-2 after ")
    assert f"infra swap {site.file} gpu-2 --back" in done.stderr
    assert (said["first_token_seconds"], said["rehearsed"]) == (0.25, False)
    assert said["swap_seconds"] > 0


def test_a_rehearsal_leaves_everything_as_it_was(site: Site) -> None:
    done = site.swap("gpu-2", "spare-1", "--rehearse", "--json", "-")
    assert (done.returncode, site.changes) == (0, ["swap gpu-2 spare-1", "unswap gpu-2"])
    assert done.stderr.startswith("✓ spare-1 can take the place of gpu-2: it did within ")
    assert json.loads(done.stdout)["back_seconds"] > 0


def test_a_spare_without_a_token_takes_no_place(site: Site) -> None:
    site.server.canned["EPOCHREALTIME"] = "100.00\n105.00 curl: (7) refused"
    done = site.swap("gpu-2", "spare-1")
    assert (done.returncode, site.changes) == (1, [])
    assert "no whole answer: curl: (7) refused" in done.stdout


def test_a_spare_that_is_held_takes_no_place(site: Site) -> None:
    site.shows(spare=[HELD])
    done = site.swap("gpu-2", "spare-1")
    assert (done.returncode, site.changes) == (1, [])
    assert "spare-1 is held by health: silent (watch)" in done.stdout


def test_a_node_that_is_no_spare_is_refused_before_anything_is_asked(site: Site) -> None:
    done = site.swap("gpu-2", "gpu-1")
    assert (done.returncode, site.server.commands) == (2, [])
    assert done.stderr == "gpu-1: is no spare; those that are: spare-1\n"


def test_the_way_back_needs_no_spares_name(site: Site) -> None:
    site.shows(swapped=True)
    done = site.swap("gpu-2", "--back")
    assert (done.returncode, site.changes) == (0, ["unswap gpu-2"])
    assert done.stdout.startswith("✓ spare-1 stands by again, after ")


def test_a_way_back_without_a_swap_does_nothing(site: Site) -> None:
    done = site.swap("gpu-2", "--back")
    assert (done.returncode, site.changes) == (0, [])
    assert "nothing to undo" in done.stdout


def test_a_swap_of_a_node_that_left_the_inventory_can_be_undone(site: Site) -> None:
    site.without("gpu-2")
    assert site.swap("gpu-2", "--back").returncode == 2, "an unknown one is a mistake"
    site.shows(swapped=True)
    done = site.swap("gpu-2", "--back")
    assert (done.returncode, site.changes) == (0, ["unswap gpu-2"])

"""When `infra drill` may not begin, against a balancer that answers from a table."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.cli_drill import STEPS

ROOT = Path(__file__).resolve().parents[2]
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAA==\n-----END PGP PUBLIC KEY BLOCK-----\n"
HOOKS = {"wipe": ["/bin/false"], "host_key": ["/bin/false"]}
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


class Rack:
    """Two nodes that nothing answers for, behind a balancer that does."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file, self.server, self.state = folder / "rack.py", server, folder / "state"
        self.write(hooks=True)
        server.canned["id -u"] = "0"
        self.shows({"gpu-1": "", "gpu-2": ""})

    def write(self, *, hooks: bool) -> None:
        nodes = {**NODES, "rebuild_drill": {"hooks": HOOKS}} if hooks else NODES
        hosts = [(f"gpu-{n}", self._host(n)) for n in (1, 2)]
        balancer = {**self.server.data, "load_balancer": {"api_keys": {"me": "env:NO_SUCH_KEY"}}}
        text = f"gpu_nodes = ({hosts!r}, {nodes!r})\nload_balancers = [('b', {balancer!r})]\n"
        self.file.write_text(text)

    def _host(self, number: int) -> dict[str, object]:
        engine = {"address": f"192.0.2.{number}"}
        at = f"127.0.0.{number + 1}"
        return {"ssh_hostname": at, "ssh_port": 1, "inference_engine": engine}

    def shows(self, owners: dict[str, str]) -> None:
        nodes = {name: self._node(owner) for name, owner in owners.items()}
        for verb in ("show", "hold", "lift"):
            self.server.canned[f"infra-rotation {verb}"] = json.dumps({"nodes": nodes})

    def _node(self, owner: str) -> dict[str, object]:
        hold = {"owner": owner, "reason": "r", "by": "tom@desk", "since": "2026-11-21T03:12:00Z"}
        return {
            "state": "out" if owner else "in",
            "holds": [hold] if owner else [],
            "in_flight": 0,
            "pools": ["small"],
            "answers": True,
        }

    def drill(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", "drill", str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state)},
        )

    @property
    def verbs(self) -> Sequence[str]:
        said = [one.partition("/usr/local/sbin/infra-rotation ")[2] for one in self.server.commands]
        found = [one.partition("infra-rotation ")[2] or one for one in said]
        return [one.split()[0].strip("'") for one in found if one]


@pytest.fixture
def rack(tmp_path: Path, server: Server) -> Rack:
    return Rack(tmp_path, server)


def test_the_last_healthy_node_is_left_alone(rack: Rack) -> None:
    rack.shows({"gpu-1": "operator", "gpu-2": ""})
    done = rack.drill("gpu-2", "--yes")
    assert done.returncode == 1, done.stderr
    assert "gpu-2 is the last healthy node that serves small; nothing was changed." in done.stdout
    assert set(rack.verbs) == {"show"}


def test_nobody_to_ask_is_no_yes(rack: Rack) -> None:
    done = rack.drill("gpu-2", "--force")
    assert done.returncode == 2
    assert "gpu-2 would be wiped, and nobody can be asked here; give --yes" in done.stderr
    assert set(rack.verbs) == {"show"}


def test_a_page_is_a_file(rack: Rack) -> None:
    done = rack.drill("gpu-2", "--yes", "--html", "-")
    assert done.returncode == 2
    assert "--html -: name a file" in done.stderr
    assert rack.verbs == []


def test_a_budget_is_a_number_of_minutes(rack: Rack) -> None:
    done = rack.drill("gpu-2", "--yes", "--budget-minutes", "nan")
    assert done.returncode == 2
    assert "nan is no number of minutes" in done.stderr
    assert rack.verbs == []


def test_a_drill_that_was_not_begun_asks_again(rack: Rack) -> None:
    """Killed in its drain a week ago, by somebody who had said yes: that yes is over."""
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    rack.drill("gpu-2", "--yes")
    (kept,) = rack.state.rglob("drilling/*.json")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "at": "drain", "done": []}))
    done = rack.drill("gpu-2")
    assert done.returncode == 2
    assert "nobody can be asked here; give --yes" in done.stderr


def test_another_machines_drill_is_left_alone(rack: Rack) -> None:
    rack.shows({"gpu-1": "", "gpu-2": "drill"})
    done = rack.drill("gpu-2", "--yes")
    assert done.returncode == 2
    assert "a drill of tom@desk holds it since 2026-11-21T03:12:00Z" in done.stderr
    assert "--abandon" in done.stderr


def test_a_drill_that_was_given_up_elsewhere_begins_anew_and_asks(rack: Rack) -> None:
    """It stopped in its wipe here, a colleague gave it up, and the node serves since."""
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    rack.drill("gpu-2", "--yes")
    (kept,) = rack.state.rglob("drilling/*.json")
    assert json.loads(kept.read_text())["at"] == "wipe"
    done = rack.drill("gpu-2")
    assert done.returncode == 2, done.stdout
    assert "was given up elsewhere" in done.stdout
    assert "nobody can be asked here; give --yes" in done.stderr
    assert not kept.exists()


def test_another_machines_drill_is_not_taken_over_by_one_that_never_began(rack: Rack) -> None:
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    rack.drill("gpu-2", "--yes")
    (kept,) = rack.state.rglob("drilling/*.json")
    kept.write_text(json.dumps({**json.loads(kept.read_text()), "at": "drain", "done": []}))
    rack.shows({"gpu-1": "", "gpu-2": "drill"})
    done = rack.drill("gpu-2", "--yes")
    assert done.returncode == 2, done.stdout
    assert "a drill of tom@desk holds it" in done.stderr


def test_a_drill_whose_place_another_took_leaves_that_one_alone(rack: Rack) -> None:
    """It stopped in its wipe here; a colleague gave it up and drills the node now."""
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    rack.drill("gpu-2", "--yes")
    rack.shows({"gpu-1": "", "gpu-2": "drill"})
    rack.server.commands.clear()
    done = rack.drill("gpu-2", "--yes")
    assert done.returncode == 2, done.stdout
    assert "a drill of tom@desk holds it" in done.stderr
    assert set(rack.verbs) == {"show"}


def test_a_drill_that_ended_is_recorded_with_the_time_that_it_took(rack: Rack) -> None:
    """It was killed after its last step, and before its record was written; now it is later."""
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    rack.drill("gpu-2", "--yes")
    (kept,) = rack.state.rglob("drilling/*.json")
    left = json.loads(kept.read_text())
    steps = [step.name for step in STEPS]
    done = {"at": "open", "done": steps, "started": left["started"] - 9000}
    kept.write_text(json.dumps({**left, **done, "ended": left["started"] - 8000}))
    path = kept.with_suffix(".out")
    said = rack.drill("gpu-2", "--json", str(path))
    assert said.returncode == 0, said.stdout + said.stderr
    assert "had ended, and was not recorded" in said.stdout
    record = json.loads(path.read_text())
    assert (record["result"], record["seconds"], record["taken_up"]) == ("ok", 1000.0, [])
    assert not kept.exists()


def test_a_host_that_cannot_be_wiped_is_refused_before_anybody_is_asked(rack: Rack) -> None:
    rack.write(hooks=False)
    done = rack.drill("gpu-2", "--yes")
    assert done.returncode == 2
    assert "no lab host, and its inventory names no hooks" in done.stderr
    assert rack.verbs == []


def test_only_what_gets_requests_is_drilled(rack: Rack) -> None:
    assert rack.drill("b", "--yes").returncode == 2
    unknown = rack.drill("gpu-3", "--yes")
    assert unknown.returncode == 2
    assert "gpu-3: no such node" in unknown.stderr


def test_a_wipe_that_fails_is_recorded_and_can_be_given_up(rack: Rack, tmp_path: Path) -> None:
    rack.server.canned["infra-rotation settle"] = '{"finished": 0, "left": 0, "seconds": 0.1}'
    path = tmp_path / "drill.json"
    pages = ("--html", str(tmp_path / "drill.html"), "--markdown", str(tmp_path / "drill.md"))
    done = rack.drill("gpu-2", "--yes", "--json", str(path), *pages)
    assert done.returncode == 1, done.stderr
    record = json.loads(path.read_text())
    assert (record["result"], record["failed_stage"]) == ("failed", "wipe")
    assert record["error"] == "/bin/false: exit status 1"
    assert "failed" in (tmp_path / "drill.html").read_text()
    assert "wipe" in (tmp_path / "drill.md").read_text()
    assert list(rack.state.rglob("drills/*-gpu-2.json"))
    rack.shows({"gpu-1": "", "gpu-2": "drill"})
    given_up = rack.drill("gpu-2", "--abandon")
    assert given_up.returncode == 0
    assert "infra deploy" in given_up.stdout
    assert not list(rack.state.rglob("drilling/*.json"))

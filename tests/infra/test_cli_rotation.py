"""The commands about rotation, against a balancer that answers from a table."""

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HOLD = {
    "owner": "operator",
    "reason": "new fan",
    "by": "mara@laptop",
    "since": "2026-11-21T03:12:00+00:00",
}
DEPLOY = {**HOLD, "owner": "deploy", "reason": "driver", "by": "ci@nightly"}
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


Holds = dict[str, tuple[dict[str, str], ...]]


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Site:
    """An inventory with a balancer that answers what `shows` and `settles` were told."""

    def __init__(self, folder: Path, server: Server, *, nodes: int = 2) -> None:
        self.file, self.server, self.state = folder / "rack.py", server, folder / "state"
        hosts = [(f"gpu-{n}", {"ssh_hostname": f"192.0.2.{n}"}) for n in range(1, nodes + 1)]
        balancer = {**server.data, "load_balancer": {"api_keys": {"me": "env:NO_SUCH_KEY"}}}
        text = f"gpu_nodes = ({hosts!r}, {NODES!r})\nload_balancers = [('b', {balancer!r})]\n"
        self.file.write_text(text + "base_hosts = ['10.0.0.9']\n")
        server.canned["id -u"] = "0"
        self.shows({f"gpu-{n}": () for n in range(1, nodes + 1)})
        self.settles(finished=0, left=0)

    def shows(self, holds: Holds, *, strays: Holds | None = None) -> None:
        nodes = {
            name: {
                "state": "out" if held else "in",
                "holds": held,
                "in_flight": 0,
                "pools": ["small"] if name in holds else [],
                "answers": True,
            }
            for name, held in {**holds, **(strays or {})}.items()
        }
        for verb in ("show", "hold", "lift"):
            self.server.canned[f"infra-rotation {verb}"] = json.dumps({"nodes": nodes})

    def settles(self, *, finished: int, left: int) -> None:
        said = {"finished": finished, "left": left, "seconds": 2.1}
        self.server.canned["infra-rotation settle"] = json.dumps(said)

    def infra(
        self, command: str, *words: str, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", command, str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state), **(env or {})},
        )

    @property
    def verbs(self) -> list[str]:
        said = [
            one.partition("; /usr/local/sbin/infra-rotation ")[2] for one in self.server.commands
        ]
        return [one.split()[0].strip("'") for one in said if one]


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Site:
    return Site(tmp_path, server)


def test_a_drain_says_what_finished(site: Site) -> None:
    site.settles(finished=7, left=0)
    done = site.infra("drain", "gpu-1", "--reason", "new fan", "--json", "-")
    assert done.stderr.splitlines() == [
        "✓ gpu-1 is out of rotation: 7 requests finished in 2.1 s, none cut.",
        f"  Back in: infra undrain {site.file} gpu-1",
    ]
    said = json.loads(done.stdout)
    assert (done.returncode, said["finished"], said["left"], said["exit"]) == (0, 7, 0, 0)
    hold = next(one for one in site.server.commands if "infra-rotation hold" in one)
    assert "hold gpu-1 --owner operator --reason" in hold
    assert "--keep 1" in hold
    assert "new fan" in hold


def test_a_drain_that_ran_out_of_time_fails(site: Site) -> None:
    site.settles(finished=1, left=2)
    done = site.infra("drain", "gpu-1", "--seconds", "0", "--force")
    assert done.returncode == 1
    assert "✗ gpu-1 still has 2 requests under way after 0 s" in done.stdout
    assert any("--keep 0" in one for one in site.server.commands)


def test_a_node_that_is_out_is_held_again_and_its_hold_stays_as_it_is(site: Site) -> None:
    site.shows({"gpu-1": (HOLD,), "gpu-2": ()})
    done = site.infra("drain", "gpu-1")
    assert done.returncode == 0
    assert done.stdout.startswith("✓ gpu-1 is out of rotation already, held by operator ")
    hold = next(one for one in site.server.commands if "infra-rotation hold" in one)
    assert "new fan" in hold
    assert "mara@laptop" in hold


def test_the_only_node_of_a_pool_is_left_in(tmp_path: Path, server: Server) -> None:
    site = Site(tmp_path, server, nodes=1)
    done = site.infra("drain", "gpu-1")
    assert done.returncode == 1
    assert "✗ gpu-1 is the only node that serves small" in done.stdout
    assert set(site.verbs) == {"show"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("drain", "gpu-3"), "gpu-3: no such node; did you mean gpu-"),
        (("drain", "b"), "b: gets no requests from a balancer; those that do: gpu-1, gpu-2"),
    ],
)
def test_a_node_that_gets_no_requests_is_refused(
    site: Site, words: tuple[str, ...], sentence: str
) -> None:
    done = site.infra(*words)
    assert (done.returncode, site.server.commands) == (2, [])
    assert done.stderr.startswith(sentence)


def test_a_node_that_nobody_knows_is_not_undrained(site: Site) -> None:
    done = site.infra("undrain", "nobody")
    assert (done.returncode, done.stderr) == (2, "nobody: no such node; known: gpu-1, gpu-2\n")
    assert set(site.verbs) == {"show"}


def test_a_node_that_left_the_inventory_is_let_go(site: Site) -> None:
    site.shows({"gpu-1": (), "gpu-2": ()}, strays={"old": (HOLD,)})
    listed = site.infra("rotation")
    assert listed.returncode == 0
    assert "old, no node of this inventory: held by operator " in listed.stdout
    assert f"Let it go: infra undrain {site.file} old" in " ".join(listed.stdout.split())
    done = site.infra("undrain", "old")
    assert any("lift old --owner operator" in one for one in site.server.commands)
    assert (done.returncode, "old stays out of rotation" in done.stdout) == (1, True)


def test_a_drain_is_by_who_called_sudo(site: Site) -> None:
    site.infra("drain", "gpu-1", env={"SUDO_USER": "mara"})
    hold = next(one for one in site.server.commands if "infra-rotation hold" in one)
    assert f"mara@{socket.gethostname()}" in hold


@pytest.mark.parametrize("command", ["drain", "undrain", "rotation"])
def test_an_inventory_without_balancers_is_refused(tmp_path: Path, command: str) -> None:
    path = tmp_path / "rack.py"
    path.write_text("base_hosts = ['127.0.0.9']\n")
    words = [command, str(path)] + ([] if command == "rotation" else ["127.0.0.9"])
    done = subprocess.run(
        [sys.executable, "-m", "infra", *words], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 2
    assert done.stderr == f"{path}: no host balances requests; add one to load_balancers\n"


def test_an_undrained_node_is_in_again(site: Site) -> None:
    done = site.infra("undrain", "gpu-1")
    assert (done.returncode, done.stdout) == (0, "✓ gpu-1 is in rotation already.\n")
    assert "lift" not in site.verbs


def test_a_hold_that_is_not_an_operators_stays(site: Site) -> None:
    site.shows({"gpu-1": (DEPLOY,), "gpu-2": ()})
    done = site.infra("undrain", "gpu-1")
    assert done.returncode == 1
    assert "It is held by deploy " in done.stdout
    assert "lift" not in site.verbs


def test_an_operators_hold_is_lifted(site: Site) -> None:
    site.shows({"gpu-1": (HOLD,), "gpu-2": ()})
    site.infra("undrain", "gpu-1")
    assert site.verbs == ["show", "show", "lift", "show"]
    assert any("lift gpu-1 --owner operator" in one for one in site.server.commands)


def test_rotation_is_a_table_and_json(site: Site, tmp_path: Path) -> None:
    site.shows({"gpu-1": (HOLD,), "gpu-2": ()})
    done = site.infra("rotation", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0
    assert "gpu-1  – out  ✓ yes         0" in done.stdout
    assert "– small: 1 of 2 nodes are in rotation." in done.stdout
    said = json.loads((tmp_path / "out.json").read_text())
    assert said["balancers"]["b"]["gpu-1"]["holds"] == [HOLD]
    assert said["agree"] is True
    assert not list(site.state.rglob("run.json"))


def test_rotation_asks_no_engine_with_no_probe(site: Site) -> None:
    site.infra("rotation", "--no-probe")
    assert not any("--probe" in one for one in site.server.commands)


def test_a_balancer_without_the_program_says_what_to_do_first(site: Site) -> None:
    for verb in ("show", "hold", "lift", "settle"):
        del site.server.canned[f"infra-rotation {verb}"]
    done = site.infra("drain", "gpu-1")
    assert done.returncode == 1
    assert "no balancer spreads requests to it yet; first: infra deploy" in done.stdout


def test_a_drain_is_in_the_ledger_with_what_was_asked(site: Site) -> None:
    site.infra("drain", "gpu-1")
    log = next(site.state.rglob("log.txt")).read_text()
    assert "infra-rotation hold gpu-1" in log
    kept = json.loads(next(site.state.rglob("last-drain.json")).read_text())
    assert (kept["command"], kept["node"], kept["exit"]) == ("drain", "gpu-1", 0)

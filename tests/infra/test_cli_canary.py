"""`infra canary`, against a balancer that answers from a table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CANARY = {
    "node": "gpu-2",
    "share": 5.0,
    "endpoints": [],
    "by": "mara@laptop",
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
        "models": {"small": {"file": "small.gguf", "source": "/srv/small.gguf", "sha256": "0" * 64}}
    },
    "inference_engine": {
        "engine": "llama_cpp",
        "image": f"localhost/llama:b1@sha256:{'0' * 64}",
        "model": "small",
        "context_tokens": 2048,
        "parallel_requests": 4,
    },
}
GOLDEN = "- {name: capital, prompt: 'France?', expect: {contains: Paris}}\n"


class Server:
    """The shape of the fixture in conftest.py."""

    commands: list[str]
    canned: dict[str, str]
    data: dict[str, Any]


class Site:
    """An inventory of two nodes, and a balancer with or without a canary."""

    def __init__(self, folder: Path, server: Server) -> None:
        self.file, self.server, self.state = folder / "rack.py", server, folder / "state"
        hosts = [(f"gpu-{n}", {"ssh_hostname": f"192.0.2.{n}"}) for n in (1, 2)]
        balancer = {**server.data, "load_balancer": {"api_keys": {"me": "env:NO_SUCH_KEY"}}}
        self.file.write_text(
            f"gpu_nodes = ({hosts!r}, {NODES!r})\nload_balancers = [('b', {balancer!r})]\n"
        )
        server.canned["id -u"] = "0"
        self.shows({"small": CANARY})

    def shows(self, canary: dict[str, Any]) -> None:
        node = {"state": "in", "holds": [], "in_flight": 0, "pools": ["small"], "answers": True}
        nodes = {f"gpu-{n}": {**node, "spare": False} for n in (1, 2)}
        said = json.dumps({"nodes": nodes, "canary": canary, "swaps": {}})
        for verb in ("show", "canary"):
            self.server.canned[f"infra-rotation {verb}"] = said

    def engine_says(self, node: str, text: str) -> None:
        event = json.dumps({"choices": [{"text": text}]})
        answer = f"1.0\n1.2 data: {event}\n1.4 data: [DONE]"
        self.server.canned[f"http://192.0.2.{node[-1]}:"] = answer

    def golden(self, text: str = GOLDEN) -> None:
        self.file.with_name("rack.golden.yaml").write_text(text)

    def canary(self, verb: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "infra", "canary", verb, str(self.file), *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "XDG_STATE_HOME": str(self.state)},
        )

    @property
    def acts(self) -> list[str]:
        said = [one.partition("infra-rotation canary ")[2] for one in self.server.commands]
        return [one for one in said if one]


@pytest.fixture
def site(tmp_path: Path, server: Server) -> Site:
    return Site(tmp_path, server)


def test_a_node_gets_its_share(site: Site) -> None:
    done = site.canary("set", "gpu-2", "--share", "5", "--endpoint", "/v1/embeddings")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("✓ gpu-2 is a canary: it gets 5 % of requests")
    [said] = site.acts
    assert said.startswith("set gpu-2 --share 5")
    assert "--endpoint /v1/embeddings" in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("gpu-2", "--endpoint", "v1"), "--endpoint v1: is no path"),
        (("gpu-3",), "gpu-3: no such node; did you mean"),
        (("b",), "b: gets no requests from a balancer; those that do: gpu-1, gpu-2"),
        (("gpu-2", "--share", "101"), "101"),
        (("gpu-2", "--share", "0.001"), "0.01<=x<=100"),
    ],
)
def test_what_cannot_be_a_canary_is_told(site: Site, words: tuple[str, ...], sentence: str) -> None:
    done = site.canary("set", *words)
    assert (done.returncode, site.acts) == (2, [])
    assert sentence in done.stderr


def test_a_canary_that_answers_well_is_promoted(site: Site) -> None:
    site.golden()
    site.engine_says("gpu-1", "Paris.")
    site.engine_says("gpu-2", "In Paris.")
    done = site.canary("promote", "gpu-2", "--json", "-")
    said = json.loads(done.stdout)
    assert (done.returncode, said["promoted"]) == (0, True), done.stderr
    assert (
        "✓ gpu-2 is no canary any more: it is one of its pool, 1 golden prompt answered well"
        in (done.stderr)
    )
    [golden] = said["golden"]
    assert (golden["main"]["text"], golden["canary"]["text"]) == ("Paris.", "In Paris.")
    assert golden["differences"][-1] == "+In Paris."
    [act] = site.acts
    assert act.startswith("promote gpu-2")


def test_a_canary_that_falls_short_stays_one(site: Site) -> None:
    site.golden()
    site.engine_says("gpu-1", "Paris.")
    site.engine_says("gpu-2", "Lyon.")
    done = site.canary("promote", "gpu-2")
    assert (done.returncode, site.acts) == (1, [])
    assert 'capital: "Paris" is not in it' in done.stdout
    assert "✗ gpu-2 falls short in 1 of 1 golden prompt; it stays a canary." in done.stdout
    forced = site.canary("promote", "gpu-2", "--force")
    assert (forced.returncode, len(site.acts)) == (0, 1)
    assert "although its answers were not proven" in forced.stdout


def test_without_golden_prompts_nothing_is_promoted_unasked(site: Site) -> None:
    done = site.canary("promote", "gpu-2")
    assert (done.returncode, site.acts) == (1, [])
    assert "rack.golden.yaml" in done.stdout
    assert site.canary("promote", "gpu-2", "--force").returncode == 0


def test_mistakes_in_golden_prompts_are_told_before_anything_is_asked(site: Site) -> None:
    site.golden("- {name: a}\n")
    done = site.canary("promote", "gpu-2")
    assert (done.returncode, site.server.commands) == (2, [])
    assert "rack.golden.yaml:1: a: expect: is not given" in done.stderr


def test_a_file_that_is_named_must_be_there(site: Site) -> None:
    done = site.canary("promote", "gpu-2", "--golden", "none.yaml")
    assert done.returncode == 2
    assert "none.yaml: cannot be read" in done.stderr


@pytest.mark.parametrize("verb", ["promote", "abort"])
def test_only_a_canary_is_promoted_or_aborted(site: Site, verb: str) -> None:
    site.shows({})
    done = site.canary(verb, "gpu-2")
    assert (done.returncode, site.acts) == (2, [])
    assert "gpu-2: is no canary; first: infra canary set" in done.stderr


def test_an_aborted_canary_says_how_it_comes_back(site: Site) -> None:
    done = site.canary("abort", "gpu-2", "--reason", "slow answers")
    assert done.returncode == 0, done.stderr
    assert f"infra canary set {site.file} gpu-2" in done.stdout
    [act] = site.acts
    assert act.startswith("abort gpu-2 --reason ")
    assert "slow answers" in act


def test_a_canary_that_left_the_inventory_can_be_ended(site: Site) -> None:
    site.shows({"small": {**CANARY, "node": "old"}})
    done = site.canary("promote", "old")
    assert (done.returncode, site.acts) == (2, [])
    assert (
        f"old: no node of this inventory any more: infra canary abort {site.file} old"
        in done.stderr
    )
    done = site.canary("abort", "old")
    assert done.stdout == "✓ old is no canary any more, and no node of this inventory.\n"
    assert [act.split()[:2] for act in site.acts] == [["abort", "old"]]


def test_canaries_are_shown(site: Site) -> None:
    done = site.canary("show", "--json", "-")
    assert "small: gpu-2 gets 5 % of requests" in done.stderr
    assert "(by mara@laptop, " in done.stderr
    assert json.loads(done.stdout)["balancers"]["b"]["small"]["node"] == "gpu-2"
    site.shows({})
    assert site.canary("show").stdout == "No node is a canary.\n"

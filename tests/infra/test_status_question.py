"""One question to a node, and what is made of its answer."""

import json
import subprocess

from infra.role import Settings
from infra.site import Node
from infra.status_question import command, look
from roles.inference_engine.settings import InferenceEngineSettings
from roles.pcie_topology.settings import PcieTopologySettings

BARE = Node("gpu-1", "gpu_nodes", "10.0.0.1", {})
WITH_ROLE = Node("gpu-1", "gpu_nodes", "10.0.0.1", {"pcie_topology": PcieTopologySettings()})


def answer(**parts: object) -> str:
    whole = {"uid": "0", "up": "7200.5 100.0", "boot": "abc", **parts}
    said = {name.replace("_", " ", 1): text for name, text in whole.items()}
    return "".join(f"\n@@infra {name}\n{text}\n" for name, text in said.items())


def test_a_bare_host_answers_the_real_question() -> None:
    done = subprocess.run(["sh", "-c", command(BARE)], capture_output=True, text=True)
    assert done.stdout.count("@@infra ") == 9
    assert "@@infra uid\n" in done.stdout
    assert not done.stderr


def test_a_node_is_up_since_its_boot() -> None:
    found = look(BARE, answer())
    assert (found.problem, found.up_seconds, found.boot_id) == (None, 7200.5, "abc")
    assert (found.records, found.rotation, found.deploying) == ({}, None, "")


def test_records_are_read_and_broken_ones_passed_over() -> None:
    found = look(BARE, answer(record_last_check='{"passed": 3}', record_gate="{half"))
    assert found.records == {"last_check": {"passed": 3}}


def test_rotation_is_read_where_there_is_a_balancer() -> None:
    node = {"state": "in", "holds": [], "in_flight": 2, "pools": ["m"]}
    said = {"nodes": {"a": node}, "canary": {}, "swaps": {"b": SWAP}}
    found = look(BARE, answer(rotation=json.dumps(said)))
    assert found.rotation is not None
    assert found.rotation.nodes["a"].in_flight == 2
    assert found.rotation.swaps["b"].spare == "a"
    assert look(BARE, answer(rotation='{"nodes": {"a": 1}}')).rotation is None


SWAP = {"spare": "a", "by": "mara@laptop", "since": "2026-11-21T03:12:00Z"}


def test_who_deploys_it_is_named() -> None:
    holder = {
        "user": "mara",
        "host": "laptop",
        "pid": 7,
        "since": "2026-11-21T03:12:00+00:00",
        "command": "infra deploy",
    }
    told = look(BARE, answer(deploying=json.dumps(holder))).deploying
    assert told.startswith("mara@laptop (pid 7) since ")


def test_a_login_that_is_not_root_is_told_what_to_do() -> None:
    problem = look(BARE, answer(uid="1000")).problem
    assert problem == "asked without root (as user 1000); set _sudo = True"


def test_roles_are_asked_and_show_their_columns() -> None:
    assert "role pcie_topology" in command(WITH_ROLE)
    found = look(WITH_ROLE, answer(**{"role_pcie_topology": ""}))
    assert found.shown.cells["lanes"].word == "bad"


def test_a_role_without_a_part_shows_nothing() -> None:
    node = Node("a", "base_hosts", "10.0.0.1", {"base_system": Settings()})
    assert look(node, answer()).shown.cells == {}


def test_one_answer_that_cannot_be_read_hides_nothing_else() -> None:
    engine = InferenceEngineSettings(
        engine="llama_cpp",
        image=f"localhost/llama:b1@sha256:{'0' * 64}",
        model="small",
        context_tokens=2048,
        parallel_requests=4,
    )
    node = Node("a", "gpu_nodes", "192.0.2.1", {"inference_engine": engine})
    said = {"up": "nan x", "rotation": '{"nodes": []}', "boot": "b"}
    found = look(node, answer(**said) + "\n@@infra role inference_engine\n{}\n")
    assert (found.up_seconds, found.rotation, found.boot_id) == (None, None, "b")
    assert found.shown.notes == ("inference_engine: what it answered cannot be read",)

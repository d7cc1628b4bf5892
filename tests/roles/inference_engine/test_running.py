import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from roles.inference_engine import image, running
from roles.inference_engine.container import LOG_OPTIONS, Container

RECORDED = (Path(__file__).parent / "docker_inspect.json").read_text()
"""The answer to CONTAINER_COMMAND for an engine, Docker 26.1."""
PINNED = image.parse("ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64)


def changed(**fields: object) -> running.Running:
    found = running.parse_container(json.dumps({**json.loads(RECORDED), **fields}))
    assert found is not None
    return found


def test_a_container_is_read_as_it_is() -> None:
    found = changed()
    assert found.running
    assert found.args[:4] == ("--host", "0.0.0.0", "--port", "8000")
    assert found.devices == ("nvidia.com/gpu=all",)
    assert found.bindings == (("10.77.0.12", "8000"),)
    assert found.network == "bridge"
    assert (found.log_driver, found.log_options) == ("local", LOG_OPTIONS)
    assert len(found.digest) == 16
    assert found.image_id.startswith("sha256:")


def test_a_container_without_gpus_or_ports_has_none() -> None:
    assert changed(requests=None).devices == ()
    assert changed(ports=None).bindings == ()


def test_devices_of_another_kind_are_no_cdi_devices() -> None:
    other = [{"Driver": "nvidia", "Count": -1, "DeviceIDs": None}]
    assert changed(requests=other).devices == ()


def test_no_container_is_none() -> None:
    assert running.parse_container("") is None


def test_a_container_that_is_paused_or_of_somebody_else_is_seen() -> None:
    assert not changed(paused=True).running
    assert not changed(running=False).running
    assert changed(digest="").digest == ""


def test_docker_is_asked_for_fields_and_never_for_variables() -> None:
    asked = running.CONTAINER_COMMAND
    assert asked.startswith('timeout -k 5 60 docker container inspect --format \'{"digest": ')
    assert "Env" not in asked
    assert set(re.findall(r"json \((.*?)\)", asked)) == {
        'index .Config.Labels "infra.digest"', ".Config.Cmd", ".Image", ".Config.Image",
        'index .Config.Labels "infra.model"',
        ".State.Running", ".State.Paused", ".HostConfig.DeviceRequests",
        ".HostConfig.PortBindings", ".HostConfig.NetworkMode", ".HostConfig.LogConfig",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("docker", "status", "said"),
    [
        ("exit 1", 0, ""),
        ("exit 127", 0, ""),
        ("exit 124", 1, "Docker does not answer within 60 s; see journalctl -u docker\n"),
    ],
)
def test_a_docker_that_hangs_is_no_absent_container(
    tmp_path: Path, docker: str, status: int, said: str
) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{docker}\n")
    program.chmod(0o755)
    for command in (running.CONTAINER_COMMAND, running.image_command(PINNED)):
        done = subprocess.run(
            ["sh", "-c", f"PATH={tmp_path}:$PATH\n{command}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (status, "", said)


def test_a_restart_is_for_what_differs_first() -> None:
    found = changed()
    same = Container(
        image=found.reference, args=found.args, publish=("10.77.0.12", 8000), model=found.model
    )
    said = {
        running.change(None, promised=same): "started",
        running.change(found, promised=replace(same, image="x@sha256:2")): "another image",
        running.change(found, promised=replace(same, model="y")): "another model",
        running.change(found, promised=replace(same, args=("-c", "1"))): "other arguments",
        running.change(found, promised=same): "restarted",
    }
    assert len(said) == 5
    assert all(sentence.endswith(end) for sentence, end in said.items())


def test_a_container_of_an_earlier_release_says_no_model() -> None:
    assert changed(model=None).model == ""


def test_a_pulled_image_has_id_and_tags() -> None:
    found = running.parse_image('{"id": "sha256:1", "tags": ["x:y"]}\n')
    assert found == running.PulledImage(id="sha256:1", tags=("x:y",))
    assert running.parse_image('{"id": "sha256:1", "tags": null}') == running.PulledImage(
        id="sha256:1", tags=()
    )
    assert running.parse_image("") is None


def test_an_image_is_asked_for_by_its_digest() -> None:
    assert f"ghcr.io/ggml-org/llama.cpp@sha256:{'a' * 64}" in running.image_command(PINNED)

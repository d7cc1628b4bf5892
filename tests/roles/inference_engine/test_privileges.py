import json
from pathlib import Path

import pytest

from roles.inference_engine import privileges
from roles.inference_engine.container import Container

RECORDED = (Path(__file__).parent / "docker_privileges.json").read_text()
"""The answer to COMMAND for an engine, Docker 26.1."""
PROMISED = Container(
    image="x@sha256:1",
    args=(),
    publish=("10.0.0.1", 8000),
    mounts=(("/srv/models/m.gguf", "/models/m.gguf"),),
    caches=(("cache", "/root/.cache"),),
    user="65534:65534",
)
MODEL = {
    "Type": "bind", "Source": "/srv/models/m.gguf", "Destination": "/models/m.gguf", "RW": False,
}  # fmt: skip


def faults(**fields: object) -> list[str]:
    said = {**json.loads(RECORDED), **fields}
    return privileges.faults(json.dumps(said), promised=PROMISED)


def test_an_engine_as_promised_has_no_privilege() -> None:
    cache = {"Type": "volume", "Name": "cache", "Destination": "/root/.cache", "RW": True}
    assert faults(mounts=[MODEL, cache]) == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"privileged": True}, "is privileged"),
        ({"added": ["SYS_ADMIN"]}, "has capabilities"),
        ({"dropped": None}, "has capabilities"),
        ({"security": None}, "can gain privileges"),
        (
            {"security": ["no-new-privileges:true", "seccomp=unconfined"]},
            "has seccomp=unconfined in it",
        ),
        ({"pid": "host"}, "shares the host's pid namespace"),
        ({"ipc": "host"}, "shares the host's ipc namespace"),
        ({"devices": [{"PathOnHost": "/dev/mem"}]}, "has devices that are not given by CDI"),
        ({"read_only": False}, "can write to its root"),
        ({"user": ""}, "runs as the image wants, promised 65534:65534"),
        (
            {"mounts": [{**MODEL, "Source": "/var/run/docker.sock", "Destination": "/s"}]},
            "has /var/run/docker.sock at /s",
        ),
        ({"mounts": [{**MODEL, "RW": True}]}, "has /srv/models/m.gguf at /models/m.gguf, writable"),
    ],
)
def test_each_privilege_is_told(fields: dict[str, object], sentence: str) -> None:
    assert faults(**{"mounts": [MODEL], **fields}) == [sentence]


def test_docker_is_asked_for_no_variables() -> None:
    assert "Env" not in privileges.COMMAND

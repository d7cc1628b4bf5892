"""What a status shows of an engine."""

import json
from pathlib import Path

from infra.status import Cell
from roles.inference_engine import status
from roles.inference_engine.settings import InferenceEngineSettings

RECORDED = (Path(__file__).parent / "docker_inspect.json").read_text()
SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="x/y:z@sha256:" + "a" * 64,
    model="small",
    context_tokens=2048,
    address="10.0.0.1",
)


def cell(health: str, *, container: str = RECORDED) -> Cell:
    answer = f"{container}\n--- health {health}\n"
    return status.shown(answer, settings=SETTINGS).cells["serves"]


def container(**fields: object) -> str:
    return json.dumps({**json.loads(RECORDED), "model": "small", **fields})


def test_an_engine_that_is_healthy_is_named_with_its_model() -> None:
    assert cell("200", container=container()) == Cell("✓ llama_cpp small", "good")


def test_one_that_loads_its_model_is_not_there_yet() -> None:
    assert cell("503", container=container()) == Cell("? llama_cpp small loading", "unknown")


def test_one_that_says_nothing_is_silent() -> None:
    assert cell("000", container=container()) == Cell("✗ llama_cpp small silent", "bad")


def test_one_that_is_stopped_or_paused_does_not_serve() -> None:
    assert cell("000", container=container(running=False)).text == "✗ llama_cpp small stopped"
    assert cell("200", container=container(paused=True)).text == "✗ llama_cpp small stopped"


def test_without_a_container_there_is_no_engine() -> None:
    assert cell("000", container="") == Cell("✗ no engine", "bad")


def test_a_docker_that_hangs_is_no_engine_either() -> None:
    assert status.shown("", settings=SETTINGS).cells["serves"] == Cell("✗ no engine", "bad")

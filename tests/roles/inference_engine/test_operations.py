import hashlib
from pathlib import Path

import pytest
from pyinfra.context import host

from infra import facts, observed, operations
from infra.testing import Rehearsal, rehearse
from roles.gpu_driver.driver import Module
from roles.inference_engine import promise, readiness
from roles.inference_engine.facts import (
    EngineContainer,
    EngineImage,
    ImageAndDriver,
    ProvenEngine,
)
from roles.inference_engine.image_cuda import Pair
from roles.inference_engine.operations import apply, revert
from roles.inference_engine.record import Record
from roles.inference_engine.running import PulledImage, Running
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64,
    model="small",
    context_tokens=2048,
    address="10.0.0.1",
    model_path="/srv/small.gguf",
)
PROMISED = promise.of(SETTINGS, secrets={})
HELD = observed.Package(version="1", held=False)
RUNNING = Running(
    digest=PROMISED.digest,
    running=True,
    image_id="sha256:1",
    args=(),
    devices=(),
    bindings=(),
    network="bridge",
    log_driver="local",
    log_options={},
)
UP = observed.Unit(load="loaded", active="active", enabled="enabled", needs_reload=False)
UNIT_FILE = observed.FileStat(
    mode="644",
    user="root",
    group="root",
    sha256=hashlib.sha256(PROMISED.unit.encode()).hexdigest(),
)
GOOD = {
    facts.Packages: {"curl": HELD},
    facts.FileStat: UNIT_FILE,
    facts.Unit: UP,
    EngineImage: PulledImage(id="sha256:1", tags=("ghcr.io/ggml-org/llama.cpp:server",)),
    EngineContainer: RUNNING,
    ProvenEngine: Record(installed=True, image_id="sha256:1", unit=PROMISED.unit),
    operations.Succeeds: True,
}
LOST = Record(
    installed=False,
    image_id="sha256:1",
    unit=PROMISED.unit.replace(PROMISED.digest, "0123456789abcdef"),
)
BARE = {
    facts.Unit: observed.Unit(load="not-found", active="inactive", enabled="", needs_reload=False)
}


def text(found: Rehearsal) -> str:
    return "\n".join(command.text for command in found.commands)


def test_a_bare_host_is_taken_from_pull_to_answer() -> None:
    found = rehearse(apply, SETTINGS, facts=BARE)
    assert found.error is None
    assert found.changed == (
        "Install curl",
        "Pull engine image",
        "Write engine unit",
        "Restart engine",
        "Enable engine",
        "Await engine's answer",
        "Record proven engine",
    )


def test_the_image_is_pulled_by_digest_and_kept_by_its_tag() -> None:
    pulled = text(rehearse(apply, SETTINGS, facts=BARE))
    name = "ghcr.io/ggml-org/llama.cpp"
    assert f"bash -s -- {name}@sha256:{'a' * 64} {name}:server ghcr.io 300" in pulled


def test_an_image_without_its_tag_is_tagged_and_not_pulled_again() -> None:
    untagged = {**GOOD, EngineImage: PulledImage(id="sha256:1", tags=())}
    found = rehearse(apply, SETTINGS, facts=untagged)
    assert found.changed == ("Pull engine image",)
    assert "bash -s" not in text(found)


def test_an_image_that_the_loaded_driver_cannot_run_replaces_no_engine() -> None:
    old = Pair(cuda="13.0", loaded=Module(version="570.195.03", flavour="open"))
    found = rehearse(apply, SETTINGS, facts={**GOOD, EngineContainer: None, ImageAndDriver: old})
    assert "CUDA 13.0 of the image needs driver 580.65.06" in (found.error or "")
    assert "infra-engine" not in text(found)
    given = SETTINGS.model_copy(update={"cuda": "12.9"})
    assert rehearse(apply, given, facts={**GOOD, ImageAndDriver: old}).error is None


def test_a_second_run_changes_nothing() -> None:
    found = rehearse(apply, SETTINGS, facts=GOOD)
    assert found.error is None
    assert found.changed == ()
    assert found.commands == ()


@pytest.mark.parametrize("container", [None, RUNNING.__class__(**{**vars(RUNNING), "digest": "0"})])
def test_an_engine_that_is_not_the_promised_one_is_restarted(container: Running | None) -> None:
    found = rehearse(apply, SETTINGS, facts={**GOOD, EngineContainer: container})
    assert found.changed[0] == "Restart engine"


def test_a_unit_that_systemd_gave_up_on_is_tried_again() -> None:
    failed = observed.Unit(load="loaded", active="failed", enabled="enabled", needs_reload=False)
    found = rehearse(apply, SETTINGS, facts={**GOOD, facts.Unit: failed, EngineContainer: None})
    assert found.changed[:2] == ("Forget failed engine starts", "Restart engine")
    assert "systemctl reset-failed infra-engine.service" in text(found)


def test_secrets_travel_on_standard_input(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("s3cret\n")
    token.chmod(0o600)
    secret = SETTINGS.model_copy(update={"secret_environment": {"TOKEN": f"file:{token}"}})
    found = rehearse(apply, secret, facts=BARE)
    assert "Write engine secrets" in found.changed
    assert "s3cret" not in text(found)


def test_a_secret_that_is_not_there_stops_before_anything_is_changed() -> None:
    secret = SETTINGS.model_copy(update={"secret_environment": {"TOKEN": "file:/nowhere"}})
    found = rehearse(apply, secret, facts=BARE)
    assert "/nowhere" in (found.error or "")
    assert found.operations == ()


def reverted(facts: dict[type, object]) -> tuple[Rehearsal, str | None]:
    found, words, _ = told(facts)
    return found, words


def told(facts: dict[type, object]) -> tuple[Rehearsal, str | None, list[str]]:
    """A way back, its words, and what of it stops the engine."""
    said: list[str | None] = []
    marked: list[str] = []

    def acts(settings: InferenceEngineSettings) -> None:
        said.append(revert(settings))
        marked.extend(host.connector_data.get("disrupts", {}).values())

    found = rehearse(acts, SETTINGS, facts=facts)
    return found, said[0], marked


def test_what_answered_is_recorded_last_and_only_once() -> None:
    unrecorded = {**GOOD, ProvenEngine: None}
    assert rehearse(apply, SETTINGS, facts=unrecorded).changed == ("Record proven engine",)


def test_an_image_that_is_kept_no_more_is_kept_again() -> None:
    untagged = Record(installed=True, image_id="", unit=PROMISED.unit)
    found = rehearse(apply, SETTINGS, facts={**GOOD, ProvenEngine: untagged})
    assert found.changed == ("Record proven engine",)


def test_without_a_record_there_is_no_way_back() -> None:
    assert reverted({**GOOD, ProvenEngine: None})[1] is None


def test_what_is_installed_and_runs_needs_no_way_back() -> None:
    found, words = reverted(GOOD)
    assert (found.operations, words) == ((), None)


def test_the_engine_of_the_record_comes_back_and_is_asked() -> None:
    found, words, marked = told({**GOOD, ProvenEngine: LOST, operations.Succeeds: False})
    assert marked == ["the engine is restarted as it was before"]
    assert found.changed == ("Bring back engine", "Await engine's answer", "Record proven engine")
    assert words == (
        f"what ran before: image ghcr.io/ggml-org/llama.cpp@sha256:{'a' * 12}…, model small"
    )
    put_back, waited, _ = (command.text for command in found.commands)
    assert "systemctl restart infra-engine.service" in put_back
    assert readiness.INSTALLED in waited


@pytest.mark.parametrize("container", [None, RUNNING.__class__(**{**vars(RUNNING), "digest": "0"})])
def test_a_way_back_that_was_killed_before_the_restart_is_gone_to_its_end(
    container: Running | None,
) -> None:
    found, words = reverted({**GOOD, EngineContainer: container})
    assert words is not None and found.changed[0] == "Bring back engine"


REPLACED = Record(installed=False, image_id="sha256:1", unit=PROMISED.unit)


def test_a_recorded_engine_that_still_runs_goes_on_while_its_unit_comes_back() -> None:
    found, words, marked = told({**GOOD, ProvenEngine: REPLACED})
    assert found.changed[0] == "Bring back engine unit"
    assert "daemon-reload" in text(found) and "systemctl restart" not in text(found)
    assert "Await engine's answer" in found.operations
    assert (words is not None, marked) == (True, [])


def test_a_recorded_engine_that_was_stopped_is_started_again() -> None:
    stopped = RUNNING.__class__(**{**vars(RUNNING), "running": False})
    found, _, marked = told({**GOOD, ProvenEngine: REPLACED, EngineContainer: stopped})
    assert found.changed[0] == "Bring back engine" and len(marked) == 1

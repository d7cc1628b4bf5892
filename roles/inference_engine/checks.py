"""Checks of inference_engine."""

import json

from testinfra.host import Host

from infra import secrets
from roles.gpu_interconnect import choice
from roles.gpu_interconnect import record as record_of_interconnect
from roles.inference_engine import (
    image,
    interconnect,
    privileges,
    promise,
    readiness,
    record,
    running,
    unit,
)
from roles.inference_engine.container import LOG_OPTIONS, Container, host_port
from roles.inference_engine.running import Running
from roles.inference_engine.settings import InferenceEngineSettings


def check_engine_runs_and_starts_with_the_host(
    host: Host, settings: InferenceEngineSettings
) -> None:
    """The engine's unit is running and is started at every boot."""
    found = _unit(host)
    assert found["ActiveState"] == "active", f"{unit.UNIT} is {found['ActiveState']}, not active"
    state = found["UnitFileState"]
    assert state == "enabled", f"{unit.UNIT} is {state or 'unknown'}, not enabled"


def check_engine_restarts_by_itself(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine is started again whenever it ends, with whatever status."""
    found = _unit(host)["Restart"]
    assert found == "always", f"{unit.UNIT} has Restart={found}, not always"


def check_engine_runs_the_promised_image(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine's container runs the image of the promised digest."""
    pinned = image.parse(settings.image)
    pulled = running.parse_image(host.run(running.image_command(pinned)).stdout)
    assert pulled is not None, f"{pinned.pinned} is not on the host"
    found = _container(host).image_id
    assert found == pulled.id, f"runs image {found}, promised is {pulled.id} ({pinned.pinned})"


def check_engine_runs_with_the_promised_arguments(
    host: Host, settings: InferenceEngineSettings
) -> None:
    """The engine's container was made from the promised arguments, model and variables."""
    settings = _proven(host, settings)
    values = {key: secrets.read(at) for key, at in settings.secret_environment.items()}
    promised = promise.of(settings, secrets=values)
    found = _container(host)
    wanted = promised.container.args
    assert found.args == wanted, f"runs with {' '.join(found.args)}; promised {' '.join(wanted)}"
    assert found.digest == promised.digest, (
        f"was made from {found.digest or 'something unknown'}, promised is {promised.digest}"
    )


def check_engine_answers_with_the_promised_model(
    host: Host, settings: InferenceEngineSettings
) -> None:
    """A chat completion is answered, in the name of the promised model."""
    model = settings.name_for_clients
    messages = [{"role": "user", "content": "Say hello."}]
    body = {"model": model, "messages": messages, "max_tokens": 1, "temperature": 0}
    url = f"http://{host_port(settings.address or '', settings.port)}/v1/chat/completions"
    said = host.run(readiness.ask(url, body, seconds=30))
    assert said.rc == 0, f"{url} does not answer: {(said.stderr or said.stdout).strip()}"
    answer = json.loads(said.stdout)
    assert answer.get("choices"), f"{url} answered without a choice: {said.stdout[:200]}"
    assert answer["model"] == model, f"answered as {answer['model']}, promised is {model}"


def check_engine_has_no_privileges(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine's container has no capability, can gain none, and gets the model alone."""
    said = host.run(privileges.COMMAND)
    assert said.rc == 0, "the engine's container does not exist"
    found = privileges.faults(said.stdout, promised=_promised(host, settings))
    assert not found, f"the engine's container {'; '.join(found)}"


def check_running_engine_is_the_proven_one(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine that runs is on record as one that answered: there is a way back to it."""
    known = record.parse(host.run(record.COMMAND).stdout.splitlines())
    assert known is not None, f"{record.GOOD}: no engine is on record"
    found = _container(host)
    assert found.digest == known.digest, f"{found.digest} runs, on record is {known.digest}"
    assert found.image_id == known.image_id, (
        f"the image on record is kept as {record.TAG}: {known.image_id or 'nothing'}, "
        f"runs {found.image_id}"
    )


def check_gpus_are_in_the_container(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine's container was given exactly the promised GPUs."""
    promised = promise.of(_proven(host, settings), secrets={}).container.devices
    found = _container(host).devices
    assert set(found) == set(promised), (
        f"has {', '.join(found) or 'no GPU'}; promised {', '.join(promised)}"
    )


def check_engine_logs_are_bounded(host: Host, settings: InferenceEngineSettings) -> None:
    """The engine's logs cannot fill the disk, and cannot hold the engine up."""
    found = _container(host)
    assert found.log_driver == "local", f"logs by {found.log_driver}, promised is local"
    assert found.log_options == LOG_OPTIONS, (
        f"log options are {found.log_options}, promised {LOG_OPTIONS}"
    )


def check_port_is_bound_to_the_promised_address(
    host: Host, settings: InferenceEngineSettings
) -> None:
    """The engine is reached on the promised address and port and on no other."""
    found = _container(host)
    promised = ((str(settings.address), str(settings.port)),)
    assert found.network != "host", "shares the host's network, so every port of it is open"
    assert found.bindings == promised, (
        f"is bound to {_shown(found.bindings)}; promised {_shown(promised)}"
    )


def _shown(bindings: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{address or '*'}:{port}" for address, port in bindings) or "nothing"


def _unit(host: Host) -> dict[str, str]:
    asked = "ActiveState,UnitFileState,Restart"
    said = host.run(f"systemctl show -p {asked} {unit.UNIT}").stdout
    return dict(line.split("=", 1) for line in said.splitlines())


def _proven(host: Host, settings: InferenceEngineSettings) -> InferenceEngineSettings:
    """The settings with what was proven of the host's interconnect."""
    told = host.run(record_of_interconnect.ENGINE_COMMAND).stdout
    return interconnect.taken_over(settings, chosen=choice.parse(told))


def _promised(host: Host, settings: InferenceEngineSettings) -> Container:
    return promise.of(_proven(host, settings), secrets={}).container


def _container(host: Host) -> Running:
    found = running.parse_container(host.run(running.CONTAINER_COMMAND).stdout)
    assert found is not None, "the engine's container does not exist"
    return found

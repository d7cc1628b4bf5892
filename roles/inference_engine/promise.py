"""What a node is promised of its engine: the container, and the files that make it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from roles.inference_engine import container, engines, unit
from roles.inference_engine.container import Container
from roles.inference_engine.settings import InferenceEngineSettings


@dataclass(frozen=True)
class Promise:
    """An engine's container, the label it carries, its unit and its secret variables."""

    container: Container
    digest: str
    """Another one when the engine must be started anew."""
    unit: str
    """Text of the systemd unit."""
    env: str = field(repr=False)
    """Text of the file of secret variables; empty when there are none."""


def of(settings: InferenceEngineSettings, *, secrets: Mapping[str, str]) -> Promise:
    """The promise of resolved settings; `secrets` are the values of secret_environment."""
    made = engines.load(settings.engine).container(settings)
    env = "".join(f"{name}={value}\n" for name, value in sorted(secrets.items()))
    proven = settings.interconnect
    unlabelled = _unit(made, label="", proven=proven)
    digest = container.digest(made, also=f"{settings.model_revision}\n{env}{unlabelled}")
    return Promise(
        container=made, digest=digest, unit=_unit(made, label=digest, proven=proven), env=env
    )


def _unit(made: Container, *, label: str, proven: str) -> str:
    return unit.text(
        container.argv(made, label=label),
        model=made.model,
        stop_seconds=made.stop_seconds,
        interconnect=proven,
    )

"""Operations of inference_engine."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.operations import files

from infra import facts as shared
from infra import operations, secrets
from infra.apt import operations as apt
from roles.inference_engine import facts, promise, readiness, unit
from roles.inference_engine.container import ENV_FILE
from roles.inference_engine.image import parse
from roles.inference_engine.settings import InferenceEngineSettings


def apply(settings: InferenceEngineSettings) -> None:
    """The promised engine runs, answers, and starts with the host."""
    values = {key: secrets.read(at) for key, at in settings.secret_environment.items()}
    promised = promise.of(settings, secrets=values)
    apt.packages(wanted={"curl": None}, name="Install curl")
    pulled_image(reference=settings.image, name="Pull engine image")
    _write_secrets(promised.env)
    written = operations.write_file(path=unit.PATH, text=promised.unit, name="Write engine unit")
    forgiven(unit_name=unit.UNIT, name="Forget failed engine starts")
    changed = operations.changed(written)
    operations.restart_unit(
        unit_name=unit.UNIT,
        name="Restart engine",
        _if=lambda: changed() or not _runs(promised.digest),
    )
    operations.unit(unit_name=unit.UNIT, name="Enable engine")
    answering(
        question=readiness.answers(promised.container, model=settings.name_for_clients),
        seconds=settings.start_seconds,
        name="Await engine's answer",
    )


def _write_secrets(text: str) -> None:
    if text:
        operations.write_file(
            path=ENV_FILE, text=text, mode="600", secret=True, name="Write engine secrets"
        )
    else:
        files.file(path=ENV_FILE, present=False, name="Remove engine secrets")


def _runs(digest: str) -> bool:
    found = host.get_fact(facts.EngineContainer)
    return found is not None and found.digest == digest


@operation()
def pulled_image(reference: str) -> operations.Commands:
    """An image on the host by its digest, under its tag, so that no pruning deletes it."""
    image = parse(reference)
    found = host.get_fact(facts.EngineImage, image=reference)
    if found is not None and image.tagged in found.tags:
        return
    pinned, tagged = QuoteString(image.pinned), QuoteString(image.tagged)
    pull = ("docker pull -q", pinned, "&&") if found is None else ()
    yield StringCommand(*pull, "docker tag", pinned, tagged)


@operation()
def forgiven(unit_name: str) -> operations.Commands:
    """A unit that systemd gave up on may be started again."""
    if host.get_fact(shared.Unit, unit=unit_name).active == "failed":
        yield StringCommand("systemctl reset-failed", QuoteString(unit_name))


@operation()
def answering(question: str, *, seconds: int) -> operations.Commands:
    """The engine answers; fails with its last words when it does not within `seconds`."""
    if not host.get_fact(operations.Succeeds, command=question):
        yield StringCommand(readiness.wait(question, seconds=seconds), _timeout=seconds + 120)

"""Operations of inference_engine."""

from collections.abc import Callable

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import OperationError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host
from pyinfra.operations import files

from infra import facts as shared
from infra import operations, secrets
from infra.apt import operations as apt
from roles.inference_engine import (
    facts,
    image_cuda,
    interconnect,
    promise,
    pulling,
    readiness,
    record,
    running,
    unit,
)
from roles.inference_engine.container import DOCKER, ENV_FILE
from roles.inference_engine.image import parse
from roles.inference_engine.settings import InferenceEngineSettings

_BACK_SECONDS = 600
"""How long an engine that answered once may take until it does again, at the least."""


def apply(settings: InferenceEngineSettings) -> None:
    """The promised engine runs, answers, and starts with the host."""
    settings = interconnect.taken_over(settings, chosen=host.get_fact(facts.ProvenInterconnect))
    values = {key: secrets.read(at) for key, at in settings.secret_environment.items()}
    promised = promise.of(settings, secrets=values)
    apt.packages(wanted={"curl": None}, name="Install curl")
    pulled_image(
        reference=settings.image,
        stall_seconds=settings.pull_stall_seconds,
        name="Pull engine image",
    )
    driven_image(reference=settings.image, cuda=settings.cuda, name="Find driver for image's CUDA")
    there = host.get_fact(facts.EngineContainer)
    why = running.change(there, promised=promised.container)
    # a refusal leaves nothing half done: the node leaves rotation before the first step
    operations.disrupts(_write_secrets(promised.env), why=why)
    written = operations.write_file(path=unit.PATH, text=promised.unit, name="Write engine unit")
    operations.disrupts(written, why=why)
    forgiven(unit_name=unit.UNIT, name="Forget failed engine starts")
    _restart(promised, written=operations.changed(written), why=why)
    operations.unit(unit_name=unit.UNIT, name="Enable engine")
    answering(
        question=readiness.answers(promised.container, model=settings.name_for_clients),
        seconds=settings.start_seconds,
        name="Await engine's answer",
    )
    recorded_engine(name="Record proven engine")


def revert(settings: InferenceEngineSettings) -> str | None:
    """The last engine that answered runs and answers again; its image and model, for people.

    None when there never was one, or when it is what is installed and runs.
    """
    found = host.get_fact(facts.ProvenEngine)
    there = host.get_fact(facts.EngineContainer)
    if found is None or not record.is_lost(found, running=there):
        return None
    _bring_back(again=not record.runs(found, running=there))
    answering(
        question=readiness.INSTALLED,
        # It answered before, whatever the promise that failed says of the time it needs
        seconds=max(settings.start_seconds, _BACK_SECONDS),
        name="Await engine's answer",
    )
    recorded_engine(name="Record proven engine")
    return found.words


def _bring_back(*, again: bool) -> None:
    """An engine that was never stopped goes on: a restart that was refused is not done here."""
    if not again:
        operations.shell(command=record.PUT_BACK, name="Bring back engine unit")
        return
    operations.disrupts(
        operations.shell(command=f"{record.PUT_BACK}\n{unit.RESTART}", name="Bring back engine"),
        why="the engine is restarted as it was before",
    )


def _restart(promised: promise.Promise, *, written: Callable[[], bool], why: str) -> None:
    operations.disrupts(
        operations.shell(
            command=unit.RESTART,
            name="Restart engine",
            _if=lambda: written() or not _runs(promised.digest),
        ),
        why=why,
    )


def _write_secrets(text: str) -> OperationMeta:
    if text:
        return operations.write_file(
            path=ENV_FILE, text=text, mode="600", secret=True, name="Write engine secrets"
        )
    return files.file(path=ENV_FILE, present=False, name="Remove engine secrets")


def _runs(digest: str) -> bool:
    found = host.get_fact(facts.EngineContainer)
    return found is not None and found.digest == digest


@operation()
def pulled_image(reference: str, *, stall_seconds: int) -> operations.Commands:
    """An image on the host by its digest, under its tag, so that no pruning deletes it.

    Fails when nothing of it comes for `stall_seconds`.
    """
    image = parse(reference)
    found = host.get_fact(facts.EngineImage, image=reference)
    if found is not None and image.tagged in found.tags:
        return
    if found is not None:
        yield StringCommand(DOCKER, "tag", QuoteString(image.pinned), QuoteString(image.tagged))
        return
    given = pulling.arguments(image, stall_seconds=stall_seconds)
    yield StringCommand("bash -s --", *map(QuoteString, given), _stdin=pulling.script())


@operation()
def driven_image(reference: str, *, cuda: str | None) -> operations.Commands:
    """An image whose CUDA version the loaded driver runs; without one no engine is replaced."""
    found = host.get_fact(facts.ImageAndDriver, image=reference)
    refused = image_cuda.refusal(found, given=cuda)
    if refused is not None:
        # Forward compatibility in an image (cuda-compat) is not seen from outside
        own = "" if cuda else "; an image with cuda-compat for these cards: inference_engine.cuda"
        raise OperationError(f"inference_engine.image: {refused}{own}. The engine was not replaced")
    yield from ()


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


@operation()
def recorded_engine() -> operations.Commands:
    """The engine that answers is the one to which a failed change goes back."""
    known = host.get_fact(facts.ProvenEngine)
    if not record.is_kept(known, running=host.get_fact(facts.EngineContainer)):
        yield StringCommand(record.KEEP)

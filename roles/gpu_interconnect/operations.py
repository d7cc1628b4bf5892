"""Proves a host's interconnect when it is not the one that was proven, and keeps the proof."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host
from pyinfra.operations import files

from infra import facts as shared
from infra import operations
from infra.operations import Commands
from roles.gpu_interconnect import choice, key, ladder, links, program, proof, proving, record
from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.facts import Granted, HostState, Measured, Paths
from roles.gpu_interconnect.grants import Grants
from roles.gpu_interconnect.settings import GpuInterconnectSettings
from roles.inference_engine import image, unit
from roles.inference_engine.operations import pulled_image

_STALL_SECONDS = 600
"""How long a pull may go on without any progress."""


def apply(settings: GpuInterconnectSettings) -> None:
    """What several GPUs tell each other is measured, judged and on record, as they are today."""
    state = host.get_fact(HostState)
    if not state.gpus:
        return
    if settings.probe_image is None or not state.is_several:
        files.directory(path=record.FOLDER, present=False, name="Forget what was proven")
        return
    for name, text in program.files().items():
        operations.write_file(path=f"{record.PROGRAM}/{name}", text=text, name="Write probe")
    pulled_image(
        reference=settings.probe_image, stall_seconds=_STALL_SECONDS, name="Pull probe image"
    )
    operations.disrupts(
        measured(
            reference=settings.probe_image,
            seconds=settings.probe_seconds,
            name="Measure interconnect",
        ),
        why="the interconnect is proven anew, without an engine beside",
    )
    kept(expected=settings.expected_gb_per_s, name="Keep proof of interconnect")
    sufficient(
        expected=settings.expected_gb_per_s,
        required=settings.required,
        name="Compare proof with what is required",
    )


def revert(settings: GpuInterconnectSettings) -> str | None:
    """The engine that was stopped for a measurement serves again; None when none was.

    It stays stopped where it would compute wrong, whatever it is told.
    """
    known, found = host.get_fact(Measured), host.get_fact(shared.Unit, unit=unit.UNIT)
    if known is not None and ladder.unsafe(known) is not None:
        return None
    if found.load == "not-found" or found.enabled != "enabled" or found.active == "active":
        return None
    operations.unit(unit_name=unit.UNIT, name="Start engine again")
    return "the engine that served before"


@operation()
def measured(reference: str, *, seconds: int) -> Commands:
    """What the GPUs of today come to; measured anew when it is not known, or not to be lived with.

    Fails when the probe could not run at all; what it finds wrong is no failure here.
    """
    state, found = host.get_fact(HostState), host.get_fact(Measured)
    digest = program.digest(reference)
    now = key.of(state, probe=digest)
    if _holds(found, now=now) and _grants_as(found, now=host.get_fact(Granted)):
        return
    several = len(state.gpus) > 2
    groups = links.groups(host.get_fact(Paths)) if several else []
    pinned = image.parse(reference)
    given = proving.arguments(pinned, seconds=seconds, groups=groups, digest=digest)
    yield StringCommand(
        "sh -s --",
        *map(QuoteString, given),
        _stdin=proving.script(),
        _timeout=seconds + proving.SPARE_SECONDS,
    )


def _holds(found: Evidence | None, *, now: key.Key) -> bool:
    return found is not None and found.key == now and ladder.unsafe(found) is None


def _grants_as(found: Evidence | None, *, now: Grants) -> bool:
    """Whether the driver grants what it did; a module that is loaded anew may grant otherwise."""
    untold = bool(now.damage) or not now.statuses
    return untold or (found is not None and found.grants.statuses == now.statuses)


@operation()
def kept(expected: dict[str, float]) -> Commands:
    """The proof, and what engines are told, as they follow from what was measured."""
    found = host.get_fact(Measured)
    if found is None:
        return
    proven = proof.of(found, given=expected)
    told = choice.of(found, judged=proven.judged)
    yield from operations.write_file._inner(path=record.PROOF, text=proven.text)
    yield from operations.write_file._inner(path=record.ENGINE, text=told.text)


@operation()
def sufficient(expected: dict[str, float], *, required: bool) -> Commands:
    """A host whose GPUs compute wrong, or do not what is required of them, goes no further."""
    found = host.get_fact(Measured)
    if found is None:
        return
    why = proof.shortfall(
        proof.of(found, given=expected), unsafe=ladder.unsafe(found), required=required
    )
    if why is not None:
        yield StringCommand("echo", QuoteString(f"gpu_interconnect: {why}"), ">&2; exit 1")

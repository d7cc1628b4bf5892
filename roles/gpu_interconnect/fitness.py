"""Whether a probe could do its work at all: what it could not look at tells nothing of hardware."""

from collections.abc import Iterator

from roles.gpu_interconnect.evidence import Evidence
from roles.gpu_interconnect.measured import Measured

_OF_IMAGE = ("no kernel image is available", "not compiled with CUDA")
_OF_ROOM = ("out of memory", "No space left on device")
_OF_HARDWARE = ("hung", "did not end")
"""Errors of a driver that no longer answers."""


def unfit(evidence: Evidence) -> str | None:
    """Why nothing follows from what the probe said; None when it worked, or saw wrong data."""
    found = evidence.measured
    if found is None:
        return _unsaid(evidence.error)
    errors = list(_errors(found))
    if _is_wrong(found) or any(word in one for one in errors for word in _OF_HARDWARE):
        return None
    for one in errors:
        if any(word in one for word in _OF_IMAGE):
            return f"probe_image does not run on every GPU here, give one that does: {one}"
        if any(word in one for word in _OF_ROOM):
            return f"the probe had no room to work in: {one}"
    return None


def _unsaid(error: str) -> str | None:
    if not error or any(word in error for word in _OF_HARDWARE):
        return None
    return f"the probe could not measure: {error}"


def _errors(found: Measured) -> Iterator[str]:
    yield from (f"GPU{one.index}: {one.error}" for one in found.alone if one.error)
    for part in (found.pairs, found.concurrent, found.collectives):
        yield from (one.error for one in part if one.error)


def _is_wrong(found: Measured) -> bool:
    copied = (
        one.wrong_bytes for part in (found.alone, found.pairs, found.concurrent) for one in part
    )
    return any(copied) or any(one.wrong for one in found.collectives)

"""All that was said when an interconnect was measured: by host, driver and probe."""

from collections.abc import Sequence
from dataclasses import dataclass

from roles.gpu_interconnect import grants, key, links, measured, state
from roles.gpu_interconnect.grants import Grants
from roles.gpu_interconnect.key import Key
from roles.gpu_interconnect.links import Links
from roles.gpu_interconnect.measured import Measured
from roles.gpu_interconnect.state import State

MARK = "--- infra:"
"""Begins the line before each part."""
_PARTS = ("state", "links", "grants", "document", "end")


@dataclass(frozen=True)
class Evidence:
    """What was measured, when, and on which host."""

    at: str
    """Time in UTC, as in 2026-11-21T10:00:00Z."""
    state: State
    links: Links
    grants: Grants
    measured: Measured | None
    error: str
    """Why nothing was measured; empty when it was."""
    probe: str
    """Digest of the probe that measured."""

    @property
    def key(self) -> Key:
        """What it holds of."""
        return key.of(self.state, probe=self.probe)

    @property
    def simulated(self) -> bool:
        """Whether no figure in it is of hardware."""
        return self.measured is not None and self.measured.simulated


def parse(lines: Sequence[str]) -> Evidence | None:
    """Evidence from the recorded text; None when nothing whole is recorded."""
    parts = _parts(lines)
    if set(_PARTS) - set(parts):
        return None
    end = dict(line.split(" ", 1) for line in parts["end"] if " " in line)
    found = _document("\n".join(parts["document"]), status=end.get("status", ""))
    return Evidence(
        at=end.get("at", ""),
        state=state.parse(parts["state"]),
        links=links.parse("\n".join(parts["links"])),
        grants=grants.parse("\n".join(parts["grants"])),
        measured=found if isinstance(found, Measured) else None,
        error=found if isinstance(found, str) else "",
        probe=end.get("probe", ""),
    )


def _parts(lines: Sequence[str]) -> dict[str, list[str]]:
    parts: dict[str, list[str]] = {}
    into: list[str] = []
    for line in lines:
        if line.startswith(MARK):
            into = parts.setdefault(line.removeprefix(MARK).strip(), [])
        else:
            into.append(line)
    return parts


def _document(text: str, *, status: str) -> Measured | str:
    if status in ("124", "137"):
        return "the probe did not end in its time and was ended"
    found = measured.parse(text)
    return found.error if isinstance(found, Measured) and found.error else found

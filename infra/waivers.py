"""Waivers: promises that an inventory lets be broken for a while, by whom, why, and until when.

A host's data holds them: `"waivers": [{"check": "gpu_driver.check_x", "owner": "mara",
"reason": "card on order", "until": "2026-12-31"}]`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from infra import manual
from infra.mistakes import nearest

KEY = "waivers"
"""Name of the waivers in a host's data."""


class Waiver(BaseModel):
    """One promise that may be broken, or stay unproven, until a day."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    check: str = Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_*?]+$")
    """Role and check, `gpu_interconnect.check_peer_copies_arrive`; the check may be a glob."""
    owner: str = Field(min_length=1)
    """Who answers for it."""
    reason: str = Field(min_length=1)
    """Why it has to be so for now."""
    until: date = Field(lt=date(2100, 1, 1))
    """Its last day, before the year 2100; from the next one on it is expired."""

    def covers(self, role: str, check: str) -> bool:
        """Whether it speaks of this check."""
        return fnmatchcase(f"{role}.{check}", self.check)

    def expired(self, *, today: date) -> bool:
        """Whether its last day is over."""
        return today > self.until


_WAIVERS = TypeAdapter(tuple[Waiver, ...])


def read(data: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """The waivers in a host's data; pydantic's ValidationError when they are none."""
    return _WAIVERS.validate_python(data.get(KEY, ()))


def waiving(waivers: Iterable[Waiver], *, role: str, check: str, today: date) -> Waiver | None:
    """The waiver in force for a check; None when there is none."""
    return next(
        (one for one in waivers if one.covers(role, check) and not one.expired(today=today)), None
    )


def astray(waivers: Iterable[Waiver], roles: Collection[str]) -> Iterator[tuple[str, str]]:
    """Key and sentence of every waiver that speaks of no check of a host with these roles."""
    for number, waiver in enumerate(waivers):
        role, _, name = waiver.check.partition(".")
        known = manual.checks(role) if role in roles else ()
        if role not in roles:
            yield f"{KEY}.{number}.check", f"this host has no role {role}{nearest(role, roles)}"
        elif not any(waiver.covers(role, check) for check in known):
            yield f"{KEY}.{number}.check", f"{role} has no check {name}{nearest(name, known)}"

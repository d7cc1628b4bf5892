"""Driver branches and architectures as branches.yaml has them, with sources and dates."""

import datetime
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml

from roles.gpu_driver.cards import Card

_FILE = Path(__file__).with_name("branches.yaml")

Modules = Literal["open", "proprietary"]
"""Flavour of kernel modules."""


@dataclass(frozen=True)
class Branch:
    """One driver branch."""

    number: int
    kind: str
    """LTS, production, new feature or legacy, in NVIDIA's words."""
    ends: datetime.date | None
    """Last day with fixes; None: not announced."""
    cuda: str
    """Newest CUDA version that it runs natively."""
    modules: tuple[Modules, ...]
    source: str
    date: datetime.date
    """When this row was compared with its source."""
    good: str | None = None
    """A released version of it, for advice; None: none is known."""
    said: str = ""
    """The end for people, where its day is not known."""
    open_for: str = ""
    """The cards that its open modules start on: empty, all they drive; or `data centre`."""


@dataclass(frozen=True)
class Architecture:
    """What an architecture, or some cards of it, asks of a driver."""

    name: str
    first: int
    """First branch that drives it."""
    modules: tuple[Modules, ...]
    source: str
    last: int | None = None
    """Last branch that drives it; None: the newest still does."""
    cuda: str = ""
    """Last CUDA toolkit with kernels for it; empty: the newest still has them."""
    why: str = ""
    """Why one flavour does not drive it."""
    c2c: bool = False
    compute: tuple[str, ...] = ()


def number(version: str) -> int:
    """The branch of a version, or of a branch: 580 of 580.95.05."""
    return int(version.partition(".")[0])


def of(version: str) -> Branch | None:
    """The branch of a version; the next older where it is not listed, None below the oldest."""
    return next((row for row in reversed(listed()) if row.number <= number(version)), None)


def architecture(card: Card) -> Architecture:
    """What a card's architecture asks of a driver."""
    return next(row for row in _architectures() if _is_of(card, row))


@cache
def listed() -> tuple[Branch, ...]:
    """Every branch, oldest first."""
    return tuple(Branch(**{**row, "modules": tuple(row["modules"])}) for row in data()["branches"])


@cache
def advised() -> tuple[Branch, ...]:
    """Branches in the order in which they are recommended."""
    return tuple(row for one in data()["advise"] for row in listed() if row.number == one)


@cache
def data() -> dict[str, Any]:
    """The file."""
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return found


@cache
def _architectures() -> tuple[Architecture, ...]:
    rows = data()["architectures"]
    as_tuples = ({key: tuple(row.get(key, ())) for key in ("modules", "compute")} for row in rows)
    return tuple(Architecture(**{**row, **own}) for row, own in zip(rows, as_tuples, strict=True))


def _is_of(card: Card, row: Architecture) -> bool:
    fits_compute = not row.compute or card.compute in row.compute
    return card.architecture == row.name and fits_compute and (card.c2c or not row.c2c)

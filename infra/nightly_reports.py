"""The folder of nightly reports: one folder a night, `latest` is the newest, old ones go."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

from infra.checking import Files
from infra.files import write_atomic

_NAME = "%Y-%m-%dT%H%M%SZ"
_WHOSE = ".inventory"
_UNDER_WAY = ".under-way-"
LATEST = "latest"
PAGE = "report.html"


class BusyError(Exception):
    """A night of the same inventory is under way."""


class OthersError(Exception):
    """A folder has another inventory's reports; its sentence says whose."""


def claim(reports: Path, *, inventory: Path) -> None:
    """Mark a folder as this inventory's; OthersError when it is another's.

    One that is no more was renamed, or nobody needs its folder.
    """
    mark, own = reports / _WHOSE, str(inventory.resolve())
    whose = mark.read_text().strip() if mark.is_file() else ""
    if whose not in ("", own) and Path(whose).exists():
        raise OthersError(f"{reports} has the reports of {whose}; give each inventory its own")
    if whose != own:
        write_atomic(mark, f"{own}\n")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Two nights of an inventory are never at once; BusyError for the second."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "nightly.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as busy:
            raise BusyError from busy
        yield


def begun(reports: Path, *, started: datetime) -> Path:
    """A fresh folder for a night that is under way; what an earlier one left half done is gone."""
    for left in reports.glob(f"{_UNDER_WAY}*"):
        shutil.rmtree(left, ignore_errors=True)
    made = reports / f"{_UNDER_WAY}{started.astimezone(timezone.utc):{_NAME}}"
    made.mkdir(parents=True)
    return made


def files(folder: Path) -> Files:
    """The reports of a night."""
    return Files(
        json=str(folder / "report.json"),
        junit=str(folder / "report.junit.xml"),
        html=str(folder / PAGE),
        markdown=str(folder / "report.md"),
        prometheus=str(folder / "report.prom"),
    )


def ended(under_way: Path) -> Path:
    """The night's folder under its own name, which `latest` points at from now on."""
    reports = under_way.parent
    done = reports / under_way.name.removeprefix(_UNDER_WAY)
    os.rename(under_way, done)
    link = reports / f".{LATEST}.new"
    link.unlink(missing_ok=True)
    link.symlink_to(done.name)
    os.replace(link, reports / LATEST)
    return done


def forget(reports: Path, *, before: timedelta, now: datetime) -> tuple[Path, ...]:
    """Remove nights that are older, but never the latest; gives what was removed."""
    latest = (reports / LATEST).resolve()
    old = [
        night
        for night in sorted(reports.iterdir())
        if (when := _when(night)) is not None and when < now - before and night != latest
    ]
    for night in old:
        shutil.rmtree(night, ignore_errors=True)
    return tuple(old)


def _when(night: Path) -> datetime | None:
    """When a night began, by its folder's name; None for what is no night."""
    try:
        return datetime.strptime(night.name, _NAME).replace(tzinfo=timezone.utc)
    except ValueError:
        return None

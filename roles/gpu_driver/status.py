"""What a status shows of a host's driver: its version, and the cards that answer."""

import re
from collections import Counter

from infra.status import Cell, Shown, bad, unknown
from roles.gpu_driver import cards, driver
from roles.gpu_driver.settings import GpuDriverSettings

_MEMORY = re.compile(r" \d+ ?GB( HBM\w+)?")
_QUERY = "driver_version,name"


def command(settings: GpuDriverSettings) -> str:
    """Shell text that prints a driver version and a name for each card, or why not."""
    return f"{driver.SMI} --query-gpu={_QUERY} --format=csv,noheader 2>&1"


def shown(answer: str, *, settings: GpuDriverSettings) -> Shown:
    """The columns driver and GPUs."""
    rows = [line.partition(", ") for line in answer.splitlines() if line[:1].isdigit()]
    others = " ".join(line for line in answer.splitlines() if not line[:1].isdigit()).strip()
    if not rows:
        why = driver.smi(others).problem if others else "nvidia-smi gave no answer in time"
        note = f"gpu_driver: {why}"
        return Shown({"driver": bad("none"), "GPUs": unknown("none answers")}, (note,))
    versions = {version for version, _, _ in rows}
    names = Counter(_short(name) for _, _, name in rows)
    counted = " + ".join(f"{number} × {name}" for name, number in names.items())
    notes = (f"gpu_driver: {others}",) if others else ()
    return Shown({"driver": _driver(versions, settings.version), "GPUs": Cell(counted)}, notes)


def _driver(versions: set[str], promised: str) -> Cell:
    found = " ".join(sorted(versions))
    return Cell(found) if versions == {promised} else bad(found)


def _short(name: str) -> str:
    card = cards.by_name(name)
    whole = card.name if card is not None else name.strip()
    return _MEMORY.sub("", whole).removeprefix("GeForce ")

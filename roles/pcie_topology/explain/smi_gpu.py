"""What nvidia-smi tells of one GPU, in whichever of its formats, under --query-gpu's names."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roles.gpu_driver.cards import Card, by_name, by_pci_id
from roles.pcie_topology.explain.address import number, sysfs_address
from roles.pcie_topology.explain.link import Link

_LINK = "pcie.link."
_COUNTS = "ecc.errors."
_JUDGED = (
    *(f"{_LINK}{key}" for key in ("width.current", "width.max", "gen.max", "gen.gpumax")),
    *(f"{_LINK}{key}" for key in ("gen.current", "gen.gpucurrent")),
    *("name", "uuid", "pstate"),
)
_WORKING = ("P0", "P1", "P2")
_BUSY_PERCENT = 10
_WIDEST = 32
_LOST = re.compile(r"is lost|unknown error|ERR!|requires reset|fallen off", re.IGNORECASE)


@dataclass(frozen=True)
class SmiGpu:
    """One GPU's values by the names of --query-gpu (`nvidia-smi --help-query-gpu`)."""

    values: Mapping[str, str] = field(default_factory=dict)
    torn: bool = False
    """Whether values are missing, or told twice and differently: a part was cut out."""

    @property
    def address(self) -> str:
        """Its bus address as sysfs writes it; empty where it is not told."""
        return sysfs_address(self.values.get("pci.bus_id", ""))

    @property
    def name(self) -> str:
        """Its card's name without the brand; empty where it is not told."""
        return self.values.get("name", "").removeprefix("NVIDIA ").strip()

    @property
    def where(self) -> str:
        """What a finding calls it."""
        index = self.values.get("index", "")
        label = self.address or index or self.uuid
        return " ".join(part for part in ("GPU", label, f"({self.name})" * bool(self.name)) if part)

    @property
    def uuid(self) -> str:
        """Its UUID; empty where it is not told or made unreadable."""
        uuid = self.values.get("uuid", "")
        return uuid if re.fullmatch(r"GPU-[0-9a-fA-F-]*[1-9a-fA-F][0-9a-fA-F-]*", uuid) else ""

    @property
    def identity(self) -> str:
        """What tells it from the others of one output; empty where nothing does."""
        values = (self.address, self.values.get("index", ""), self.uuid)
        return next((value for value in values if value), "")

    @property
    def lost(self) -> str:
        """A value that says that the GPU does not answer; empty where all do."""
        return next((value for value in self.values.values() if _LOST.search(value)), "")

    def tells_link(self) -> bool:
        """Whether it speaks of its PCIe link."""
        return any(key.startswith(_LINK) for key in self.values)


def gathered(pairs: Iterable[tuple[str, str]]) -> SmiGpu:
    """A GPU of named values; counts of errors add up, another value told twice makes it torn."""
    values: dict[str, str] = {}
    torn = False
    for key, value in pairs:
        before = values.setdefault(key, value)
        if key.startswith(_COUNTS):
            values[key] = _sum(before, value) if before is not value else value
        elif before != value and key in _JUDGED:
            torn = True
    return SmiGpu(values, torn=torn)


def card(gpu: SmiGpu) -> Card | None:
    """The product that it is; None: not known."""
    return by_name(gpu.name) or by_pci_id(gpu.values.get("pci.device_id", ""))


def merged(gpus: Iterable[SmiGpu]) -> tuple[tuple[SmiGpu, ...], ...]:
    """The GPUs with all samples of each, as a query with --loop prints the same one again."""
    found: dict[str, list[SmiGpu]] = {}
    for place, gpu in enumerate(gpus):
        found.setdefault(gpu.identity or f"#{place}", []).append(gpu)
    return tuple(tuple(samples) for samples in found.values())


def widest(gpus: Iterable[SmiGpu]) -> dict[str, int]:
    """The widest link of each card's name."""
    found: dict[str, int] = {}
    for gpu in gpus:
        width = _value(gpu, "width.current") or 0
        if gpu.name and width <= _WIDEST:
            found[gpu.name] = max(width, found.get(gpu.name, 0))
    return found


def link(gpu: SmiGpu, *, widest: Mapping[str, int]) -> Link:
    """Its PCIe link; the widest of each card's name tells how wide the same can be."""
    gen = _value(gpu, "gen.gpucurrent")
    return Link(
        where=gpu.where,
        card=card(gpu),
        width=_value(gpu, "width.current"),
        width_max=_value(gpu, "width.max"),
        gen=gen if gen is not None else _value(gpu, "gen.current"),
        gen_max=_value(gpu, "gen.max"),
        gen_card=_value(gpu, "gen.gpumax"),
        working=_working(gpu),
        widest=widest.get(gpu.name),
    )


def _sum(one: str, other: str) -> str:
    return str((number(one) or 0) + (number(other) or 0))


def _value(gpu: SmiGpu, key: str) -> int | None:
    return number(gpu.values.get(_LINK + key))


def _working(gpu: SmiGpu) -> bool | None:
    state = gpu.values.get("pstate", "")
    if re.fullmatch(r"P\d{1,2}", state):
        return state in _WORKING
    busy = number(gpu.values.get("utilization.gpu"))
    return None if busy is None else busy >= _BUSY_PERCENT

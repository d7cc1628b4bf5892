"""NVIDIA's cards by the name that tools print and by PCI id; facts and sources in cards.yaml."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("cards.yaml")
_NOISE = frozenset({"nvidia", "corporation", "tesla", "quadro", "geforce", "grid", "r", "tm"})
_MORE = re.compile(
    r"\d+(g|gb|gib|mib)|hbm\d\w?|gddr\d\w?|pcie?|sxm\d?|gpu|rev|[ab]\d?|lite|hash|rate|active"
    r"|laptop|mobile|max|q|mig|\d+g|\d+|ceng|passive|lc"
)
_JOINED = re.compile(r"\b([rg]tx)? ?(\d{4})(ti|super|d)?\b")
_MOBILE = frozenset({"laptop", "mobile", "max"})
_VGPU = re.compile(r"(?<=.)-(\d+-)?\d+[ABCQ](ME)?$")


@dataclass(frozen=True)
class Card:
    """One product: its architecture and the links that it has by design."""

    name: str
    """As nvidia-smi prints it, without `NVIDIA` and `Tesla`."""
    architecture: str
    """Kepler, Maxwell, Pascal, Volta, Turing, Ampere, Ada, Hopper, Blackwell or Rubin."""
    compute: str
    """Compute capability, e.g. `8.6`."""
    gen: int
    """PCIe generation; 0: not known."""
    width: int
    """PCIe lanes; 0: not known, as those of a card in a laptop."""
    narrow: int = 0
    """Fewer lanes that are right on some machines; 0: none."""
    nvlinks: int = 0
    """NVLinks of the card; 0: none, or not known."""
    fabric: str = "none"
    """What its NVLinks go to: none, bridge, mesh or switch."""
    link_gb_per_s: float = 0.0
    """Rate of one NVLink in one direction in GB/s, as `nvidia-smi nvlink -s` prints it."""
    geforce: bool = False
    """Whether it is a GeForce, whose stock driver grants less."""
    c2c: bool = False
    """Whether it hangs on chip-to-chip links, so that its PCIe link says nothing."""
    vgpu: bool = False
    """Whether it is a share of a card that a hypervisor gives to a guest."""


def by_name(name: str) -> Card | None:
    """The card of a name as tools or people write it; None: not known.

    Case, brand, memory and form are tolerated, and a name that nvidia-smi cut with `...`.
    """
    if _VGPU.search(name.strip()):
        return _share(_words(_VGPU.sub("", name.strip())))
    words = _words(name)
    found = _cut(words) if name.rstrip().endswith("...") else _longest(words)
    if found is None:
        return None
    return replace(found, width=0, narrow=0) if _is_mobile(words, found) else found


def by_pci_id(device: str, *, subsystem: str = "") -> Card | None:
    """The card of a device id: `2204`, `0x2204`, `10de:2204`, or nvidia-smi's `0x220410DE`.

    An id that is not listed gives a card with its architecture alone; None: not NVIDIA's, or newer.
    """
    found = _device(device)
    if found is None:
        return None
    exact = _ids().get(f"{found}:{_device(subsystem) or ''}")
    return exact or _ids().get(found) or _unlisted(found)


def is_gpu(class_code: int) -> bool:
    """Whether a PCI class, as sysfs has it, is a display or 3D controller."""
    return class_code >> 8 in (0x0300, 0x0302)


def _words(name: str) -> tuple[str, ...]:
    inner = re.search(r"\[([^\]:]+)\]", name)
    apart = _JOINED.sub(r"\1 \2 \3", (inner[1] if inner else name).lower())
    words = re.findall(r"[a-z0-9]+", apart)
    return tuple(word for word in words if word not in _NOISE)


def _longest(words: Sequence[str]) -> Card | None:
    for length in range(len(words), 0, -1):
        found = _names().get(tuple(words[:length]))
        if found is not None and all(map(_MORE.fullmatch, words[length:])):
            return found
    return None


def _cut(words: Sequence[str]) -> Card | None:
    """The card of a cut name; None where cards that differ in more than their name fit it."""
    start = " ".join(words)
    fitting = {card for key, card in _names().items() if " ".join(key).startswith(start)}
    longer = sorted(
        (card for card in fitting if " ".join(_words(card.name)) != start),
        key=lambda card: len(card.name),
    )
    alike = {replace(card, name="") for card in longer}
    return longer[0] if len(alike) == 1 else None


def _share(words: Sequence[str]) -> Card | None:
    """The vGPU of a card; GRID names mark memory and form by letters: A100D has 80 GB."""
    plain = [re.sub(r"(?<=\d)[a-z]+$", "", word) for word in words]
    found = _longest(words) or _longest(plain)
    return None if found is None else replace(found, vgpu=True)


def _is_mobile(words: Sequence[str], card: Card) -> bool:
    return bool(_MOBILE & set(words) - set(_words(card.name)))


def _device(text: str) -> str | None:
    match = re.fullmatch(
        r"(?:(?:0x)?10de:)?(?:0x)?([0-9a-f]{4})(?:10de)?", text.strip().lower(), re.ASCII
    )
    return match[1] if match else None


def _unlisted(device: str) -> Card | None:
    for row in _data()["chips"]:
        if int(row["first"], 16) <= int(device, 16) <= int(row["last"], 16):
            return Card(
                name=f"{row['architecture']} card 10de:{device}",
                architecture=row["architecture"],
                compute=row["compute"],
                gen=0,
                width=0,
            )
    return None


@cache
def _ids() -> Mapping[str, Card]:
    return {one: card for card, row in _cards() for one in row["ids"]}


@cache
def _names() -> Mapping[tuple[str, ...], Card]:
    return {
        _words(name): card for card, row in _cards() for name in (card.name, *row.get("also", ()))
    }


def _cards() -> Iterator[tuple[Card, dict[str, Any]]]:
    for family in _data()["families"]:
        shared = {key: value for key, value in family.items() if key != "cards"}
        for row in family["cards"]:
            own = {key: value for key, value in row.items() if key not in ("ids", "also")}
            geforce = row["name"].startswith(("GeForce", "TITAN"))
            yield Card(**{"geforce": geforce, **shared, **own}), row


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_FILE.read_text())
    return found

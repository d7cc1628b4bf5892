"""`grep . /sys/…/*_link_*` and listings like it: link attributes from sysfs."""

import re
from collections.abc import Iterable

from roles.gpu_driver.cards import Card, by_pci_id, is_gpu
from roles.pcie_topology.explain import link
from roles.pcie_topology.explain.address import SHAPE, generation, number, sysfs_address
from roles.pcie_topology.explain.judgement import Finding, Judgement, Lanes

KIND = "link-sysfs"
_UNKNOWN: Lanes = "unknown"

_ATTRIBUTE = re.compile(
    r"\s*(?P<where>\S*/)?(?P<key>(?:current|max)_link_(?:speed|width)|vendor|device|class)"
    r"\s*[:=]\s*(?P<value>.*)"
)
_HEADED = re.compile(r"==> (?P<path>\S+) <==")
_ADDRESS = re.compile(SHAPE)
_OF_NVIDIA_SMI = re.compile(r"\b[0-9A-Fa-f]{8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]\b")
_NVIDIA_SMI = "of nvidia-smi"

Places = dict[str, dict[str, str]]
"""Attributes by the device's address, or by its path where that holds none."""


def matches(text: str) -> bool:
    """Whether it tells a device's current link width or speed."""
    return bool(re.search(r"current_link_(speed|width)(\s*[:=]| <==)", text))


def judge(text: str) -> Judgement:
    """Lanes of NVIDIA's display functions; a device whose vendor is not told is not judged."""
    told = {place: of for place, of in _places(text).items() if any("_link_" in key for key in of)}
    ours = {place: of for place, of in told.items() if _is_nvidia(of) and _is_display(place, of)}
    unknown = [place for place, of in told.items() if "vendor" not in of and place not in ours]
    judged = [link.judged(_link(place, of)) for place, of in ours.items()]
    lanes: list[Lanes] = [lanes for lanes, _ in judged]
    return Judgement(
        kind=KIND,
        gpus=len(ours) if ours or not unknown else None,
        lanes=link.worst([*lanes, *([_UNKNOWN] if unknown else [])]),
        findings=(
            *(one for _, many in judged for one in many),
            *(_not_judged(place, told[place]) for place in unknown),
        ),
        cards={place: card.name for place, of in ours.items() if (card := _card(of))},
    )


def _places(text: str) -> Places:
    places: Places = {}
    place = ""
    for line in _unheaded(text.splitlines()):
        found = _ATTRIBUTE.fullmatch(line)
        if not found:
            addresses = _ADDRESS.findall(line)
            place = sysfs_address(addresses[-1]) if addresses else place
            if _OF_NVIDIA_SMI.search(line):
                places.setdefault(place, {})[_NVIDIA_SMI] = "yes"
            continue
        where = _of_path(found["where"]) if found["where"] else place
        places.setdefault(where, {}).setdefault(found["key"], found["value"].strip())
    return places


def _unheaded(lines: Iterable[str]) -> Iterable[str]:
    """Lines of `head` and `tail`, whose path stands above the value, as those of grep."""
    path = ""
    for line in lines:
        found = _HEADED.fullmatch(line.strip())
        if found:
            path = found["path"]
        elif path and line.strip():
            yield f"{path}:{line}"
            path = ""
        else:
            yield line


def _of_path(path: str) -> str:
    addresses = _ADDRESS.findall(path)
    return sysfs_address(addresses[-1]) if addresses else path.rstrip("/")


def _is_nvidia(of: dict[str, str]) -> bool:
    return of.get("vendor", "").lower() == "0x10de" or _NVIDIA_SMI in of


def _is_display(place: str, of: dict[str, str]) -> bool:
    code = re.fullmatch(r"0x([0-9a-fA-F]{6})", of.get("class", ""))
    return is_gpu(int(code[1], 16)) if code else not re.search(r"\.[1-7]$", place)


def _card(of: dict[str, str]) -> Card | None:
    return by_pci_id(of.get("device", ""))


def _link(place: str, of: dict[str, str]) -> link.Link:
    return link.Link(
        where=f"GPU {place}".strip(),
        card=_card(of),
        width=number(of.get("current_link_width")),
        width_max=number(of.get("max_link_width")),
        gen=generation(of.get("current_link_speed", "")),
        gen_max=generation(of.get("max_link_speed", "")),
        gen_card=generation(of.get("max_link_speed", "")),
    )


def _not_judged(place: str, of: dict[str, str]) -> Finding:
    width, widest = number(of.get("current_link_width")), number(of.get("max_link_width"))
    narrow = width is not None and widest is not None and width < widest
    message = f"x{width} of x{widest}; " * narrow + "its vendor is not told, so it is not judged"
    advice = "list vendor, device and class too; only NVIDIA's GPUs are judged"
    return Finding("warning", place or "device", message, advice)

"""What `nvidia-smi nvlink` prints for each GPU: rates (-s), capabilities (-c), errors (-e)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_GPU = re.compile(r"^\s*GPU (\d{1,4}): (.+?)\s*(?:\(UUID: (GPU-[^)\s]*)\)?)?\s*$")
_LINK = re.compile(r"^\s*Link (\d{1,3})\s*[:,]\s*(.*?)\s*$")
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*GB/s\b")
_ERRORS = re.compile(r"(.*\S)\s+Errors?\s*:\s*(\d{1,20})\b", re.IGNORECASE)
_PEER = re.compile(r"P2P is supported:\s*(\w+)", re.IGNORECASE)
_DOWN = re.compile(r"all links are inactive", re.IGNORECASE)
_NONE = re.compile(r"does not (have or )?support nvlink", re.IGNORECASE)
_LEFT_OUT = re.compile(r"^\s*(\[?\.\.\.\]?|…)\s*$")


@dataclass(frozen=True)
class Links:
    """The links of one GPU."""

    index: int
    name: str
    uuid: str
    rates: Mapping[int, float]
    """GB/s in one direction; 0: the link is down."""
    listed: frozenset[int]
    """Links that are named with something else than a rate."""
    errors: Mapping[int, Sequence[tuple[str, int]]]
    refused: frozenset[int]
    """Links whose capabilities deny peer access."""
    all_down: bool
    without: bool
    """Whether the tool says that the device has no NVLink."""
    left_out: bool
    """Whether somebody cut lines out and marked the place."""

    @property
    def shown(self) -> frozenset[int]:
        """Every link that a line names."""
        return frozenset(self.rates) | self.listed


def read(text: str) -> list[Links]:
    """The GPUs of a text, in its order."""
    return [_links(block) for block in _blocks(text)]


def is_state(text: str) -> bool:
    """Whether a text speaks of links at all."""
    return any(
        pattern.search(line) for line in text.splitlines() for pattern in (_DOWN, _NONE, _LINK)
    )


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    for line in text.splitlines():
        if _GPU.match(line):
            if block:
                yield block
            block = [line]
        elif block:
            block.append(line)
    if block:
        yield block


def _links(block: Sequence[str]) -> Links:
    head = _GPU.match(block[0])
    index, name, uuid = head.groups() if head is not None else ("0", "", None)
    rest = block[1:]
    found = [(int(link[1]), link[2]) for link in map(_LINK.match, rest) if link is not None]
    errors: dict[int, list[tuple[str, int]]] = {}
    for link, said in found:
        counted = _ERRORS.match(said)
        if counted is not None:
            errors.setdefault(link, []).append((counted[1].strip(), int(counted[2])))
    return Links(
        index=int(index),
        name=name,
        uuid=uuid or "",
        rates=dict(_rates(found)),
        listed=frozenset(link for link, said in found if said and _rate(said) is None),
        errors=errors,
        refused=frozenset(link for link, said in found if _denies(said)),
        all_down=any(map(_DOWN.search, rest)),
        without=any(map(_NONE.search, rest)),
        left_out=any(map(_LEFT_OUT.match, rest)),
    )


def _rates(found: Sequence[tuple[int, str]]) -> Iterator[tuple[int, float]]:
    for link, said in found:
        rate = _rate(said)
        if rate is not None:
            yield link, rate


def _rate(said: str) -> float | None:
    """The rate of a link; 0 where it is down, None where something else is told."""
    if "inactive" in said.lower():
        return 0.0
    found = _RATE.match(said)
    return float(found[1]) if found is not None else None


def _denies(said: str) -> bool:
    found = _PEER.search(said)
    return found is not None and found[1].lower() != "true"

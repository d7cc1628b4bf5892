"""XML that may be cut or garbled, as a flat run of elements.

Neither defusedxml nor the standard library gives back what a cut document holds; this reads what
is whole, and as it expands no entity it needs no defence against them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TAG = re.compile(r"<(/?)([A-Za-z_][\w.-]*)([^<>]*)>([^<]*)")
_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*["']([^"'<>]*)["']""")
_LONGEST = 1000
_DEPTH = 64
"""No document of this kind is deeper; a garbled one that never closes would grow without end."""


@dataclass(frozen=True)
class Element:
    """One opened element: the names above it, its own last, its attributes and first text."""

    path: tuple[str, ...]
    attributes: dict[str, str]
    text: str
    number: int
    """Its place in the document; `above` holds those of the elements around it."""
    above: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Its own name."""
        return self.path[-1]


def elements(text: str) -> Iterator[Element]:
    """Every element in the order of its opening tag, whatever is closed and whatever not."""
    opened: list[tuple[str, int]] = []
    for number, tag in enumerate(_TAG.finditer(text)):
        closing, name, attributes, words = tag.groups()
        if closing:
            _close(opened, name)
            continue
        path = (*(above for above, _ in opened), name)
        above = tuple(number for _, number in opened)
        yield Element(
            path, dict(_ATTRIBUTE.findall(attributes[:_LONGEST])), words.strip(), number, above
        )
        if not attributes.endswith("/") and len(opened) < _DEPTH:
            opened.append((name, number))


def _close(opened: list[tuple[str, int]], name: str) -> None:
    names = [above for above, _ in opened]
    if name in names:
        del opened[len(names) - 1 - names[::-1].index(name) :]

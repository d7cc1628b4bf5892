"""PCI addresses, as every tool writes them otherwise."""

import re

SHAPE = r"(?:[0-9A-Fa-f]{4,8}:)?[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]"
"""A regular expression for an address with or without its domain."""
_ADDRESS = re.compile(r"(?:([0-9A-Fa-f]{4,8}):)?([0-9A-Fa-f]{2}):([0-9A-Fa-f]{2}\.[0-7])")
_GENERATIONS = {"2.5": 1, "5": 2, "8": 3, "16": 4, "32": 5, "64": 6}


def sysfs_address(text: str) -> str:
    """The address as sysfs writes it (`0000:c1:00.0`); empty where the text holds none."""
    found = _ADDRESS.search(text)
    if not found:
        return ""
    domain, bus, function = found.groups()
    return f"{int(domain or '0', 16):04x}:{bus.lower()}:{function.lower()}"


def generation(speed: str) -> int | None:
    """The PCIe generation of a speed such as `16.0 GT/s PCIe` or `16GT/s`; None: not told."""
    found = re.search(r"(\d{1,3}(?:\.\d)?) ?GT/s", speed)
    return _GENERATIONS.get(found.group(1).removesuffix(".0")) if found else None


def number(text: str | None) -> int | None:
    """The whole number that a value such as `16x`, `x16` or `8 %` begins with; None: none."""
    found = re.match(r"\s*x?(\d{1,12})(?![\d.]*\.\d)", text or "")
    return int(found.group(1)) if found else None

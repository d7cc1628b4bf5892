"""The kernel that goes with a driver: which packages hold it, and the headers DKMS builds with."""

import re
import shlex
from collections.abc import Collection, Iterable, Mapping

from infra.observed import Package

_FLAVOURS = r"(generic|virtual|lowlatency|server|aws|azure|gcp|oracle|kvm|nvidia|cloud|rt)"
_KINDS = r"(image|image-unsigned|headers|modules|modules-extra)"
_NAME = r"(?!unsigned-|extra-)[a-z][a-z0-9.-]*(?<!-dbg)"
"""Of a flavour: neither an unsigned kernel's release, nor modules or symbols beside one."""
_META = re.compile(rf"linux-({_KINDS}-{_NAME}|{_FLAVOURS}(-(hwe|edge|lts|64k))*(-\d\S*)?)")


def pair(kernels: Mapping[str, Package], *, running: str, next_: str = "") -> tuple[str, ...]:
    """Installed kernel packages that are held with the driver: metapackages, the running one's.

    `next_` is another kernel, which waits for a boot: its packages are held as well.
    """
    releases = "|".join(map(re.escape, filter(None, (running, next_))))
    own = re.compile(rf"linux-{_KINDS}-({releases})")
    return tuple(sorted(name for name in kernels if own.fullmatch(name) or _META.fullmatch(name)))


def loose(kernels: Mapping[str, Package], *, running: str, next_: str = "") -> tuple[str, ...]:
    """Those of the pair that are not held."""
    found = pair(kernels, running=running, next_=next_)
    return tuple(name for name in found if not kernels[name].held)


def header_metas(kernels: Mapping[str, Package]) -> dict[str, str]:
    """Header metapackages by name that go with the installed image metapackages: their version.

    A whole kernel's metapackage (linux-generic) depends on its headers and needs none beside it.
    """
    return {
        f"linux-headers-{match[1]}": package.version
        for name, package in kernels.items()
        if (match := re.fullmatch(rf"linux-image-({_NAME})", name)) is not None
    }


def lacking_metas(kernels: Mapping[str, Package]) -> tuple[str, ...]:
    """Those header metapackages that are not installed."""
    return tuple(name for name in header_metas(kernels) if name not in kernels)


def headers(kernels: Mapping[str, Package], *, bare: Iterable[str]) -> dict[str, str | None]:
    """Header packages to ask for, at a version where one must fit: of `bare` kernels, and metas.

    A metapackage comes at its image's version: a newer one would bring headers of another kernel.
    """
    metas = header_metas(kernels)
    own = dict.fromkeys(f"linux-headers-{release}" for release in bare)
    return {**own, **{name: metas[name] for name in lacking_metas(kernels)}}


def obtainable(
    asked: Mapping[str, str | None], *, offered: Mapping[str, Collection[str]]
) -> dict[str, str | None]:
    """Those of the asked packages that the host's sources have, at the asked version."""
    return {
        name: version
        for name, version in asked.items()
        if offered.get(name) and version in (None, *offered[name])
    }


def offers_command(names: Iterable[str]) -> str:
    """Shell text that prints the versions of packages that the host's sources have."""
    return f"apt-cache madison {' '.join(map(shlex.quote, names))} 2>/dev/null || true"


def parse_offers(lines: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Versions by package from the answer to `offers_command`."""
    found: dict[str, tuple[str, ...]] = {}
    for row in ([word.strip() for word in line.split("|")] for line in lines):
        if len(row) == 3 and not row[2].endswith("Sources"):
            found[row[0]] = (*found.get(row[0], ()), row[1])
    return found

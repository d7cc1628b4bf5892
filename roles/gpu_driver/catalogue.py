"""What the host's package sources have of a driver, and the exact versions of its whole set."""

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from roles.gpu_driver import packages
from roles.gpu_driver.sets import Alternatives

_FIELDS = "^(Package|Version|Provides|Depends|Pre-Depends):"


class NotOffered(Exception):
    """A version or a package that the host's sources do not have."""


@dataclass(frozen=True)
class Need:
    """One way to satisfy a dependency: a name, and the relation and version it asks for."""

    name: str
    relation: str = ""
    version: str = ""


@dataclass(frozen=True)
class Offer:
    """One version of a package that the host's sources (or its dpkg) have."""

    name: str
    version: str
    needs: tuple[tuple[Need, ...], ...] = ()
    provides: tuple[str, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Every offer, newest first for each name."""

    offers: tuple[Offer, ...] = ()

    def of(self, name: str) -> tuple[Offer, ...]:
        """The offers of one package."""
        return tuple(offer for offer in self.offers if offer.name == name)

    def providing(self, name: str) -> tuple[Offer, ...]:
        """The offers that stand for a virtual package."""
        return tuple(offer for offer in self.offers if name in offer.provides)


def command(pattern: str) -> str:
    """Shell text that prints name, version and relations of every version of packages by name.

    `pattern` is an extended regular expression.
    """
    return (
        f"apt-cache show $(apt-cache pkgnames | grep -E -- {shlex.quote(pattern)}) 2>/dev/null "
        f"| grep -E '{_FIELDS}' || true"
    )


def parse(lines: list[str]) -> Catalogue:
    """Catalogue from the answer to `command`."""
    stanzas: list[dict[str, str]] = []
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "Package":
            stanzas.append({})
        if stanzas:
            stanzas[-1][key] = value
    return Catalogue(tuple(dict.fromkeys(map(_offer, stanzas))))


def _offer(stanza: Mapping[str, str]) -> Offer:
    asked = [stanza[key] for key in ("Pre-Depends", "Depends") if stanza.get(key)]
    return Offer(
        name=stanza["Package"],
        version=stanza.get("Version", ""),
        needs=tuple(_needs(one) for one in ", ".join(asked).split(", ") if one),
        provides=tuple(one.split()[0] for one in stanza.get("Provides", "").split(", ") if one),
    )


def _needs(text: str) -> tuple[Need, ...]:
    ways = (re.match(r"([^\s:(]+)\S*(?:\s*\((\S+)\s+([^)]+)\))?", way) for way in text.split(" | "))
    return tuple(Need(way[1], way[2] or "", way[3] or "") for way in ways if way)


@dataclass(frozen=True)
class Resolver:
    """Picks versions for one driver version of one origin; installed ones that fit are kept."""

    catalogue: Catalogue
    version: str
    origin: str
    installed: Mapping[str, str]
    along: tuple[str, ...] = ()
    """Installed packages that join the set where the version has them."""

    def set_of(self, wanted: Iterable[Alternatives]) -> dict[str, str]:
        """Exact version of each wanted package and of each driver package that it needs.

        Raises NotOffered with a sentence that lists the versions there are.
        """
        chosen: dict[str, str] = {}
        queue = [offer for names in wanted for offer in self._first(names)]
        queue += [offer for name in self.along for offer in self._fitting(name)[:1]]
        while queue:
            offer = queue.pop(0)
            if offer.name not in chosen:
                chosen[offer.name] = offer.version
                queue += self._needed_by(offer, chosen=chosen)
        return chosen

    def _first(self, names: Alternatives) -> list[Offer]:
        found = [offer for name in names for offer in self._fitting(name)]
        if found:
            return found[:1]
        if all(map(packages.is_optional, names)):
            return []
        raise NotOffered(self._missing(names))

    def _needed_by(self, offer: Offer, *, chosen: Mapping[str, str]) -> Iterator[Offer]:
        for ways in offer.needs:
            options = [found for way in ways for found in self._ways(way)]
            if options and not any(option.name in chosen for option in options):
                yield options[0]

    def _ways(self, need: Need) -> list[Offer]:
        if need.relation == "=" and packages.is_driver(need.name):
            return [
                offer for offer in self.catalogue.of(need.name) if offer.version == need.version
            ]
        fitting = self._fitting(need.name)
        if fitting:
            return fitting
        names = dict.fromkeys(offer.name for offer in self.catalogue.providing(need.name))
        return [
            offer for name in names for offer in self._fitting(name) if need.name in offer.provides
        ]

    def _fitting(self, name: str) -> list[Offer]:
        found = [offer for offer in self.catalogue.of(name) if self._fits(offer)]
        kept = self.installed.get(name)
        return sorted(found, key=lambda offer: offer.version != kept)

    def _fits(self, offer: Offer) -> bool:
        if not packages.is_driver(offer.name):
            return False
        if packages.is_optional(offer.name):
            return True
        if packages.is_built_for_kernel(offer.name):
            return driver_of(offer) == self.version
        if not packages.follows_driver(offer.name, origin=self.origin):
            return True
        own = packages.is_from(self.origin, name=offer.name, version=offer.version)
        return own and packages.upstream(offer.version) == self.version

    def _missing(self, names: Alternatives) -> str:
        offers = [offer for name in names for offer in self.catalogue.of(name)]
        there = [driver_of(offer) for offer in offers]
        known = ", ".join(dict.fromkeys(version for version in there if version is not None))
        if not known:
            return (
                f"no package source of this host has {' or '.join(names)}; give "
                "gpu_driver.repository, or a version whose branch the sources have"
            )
        return (
            f"{names[0]}: no package source of this host has driver {self.version}, only "
            f"{known}; give one of these as gpu_driver.version, or a repository that has it"
        )


def driver_of(offer: Offer) -> str | None:
    """The driver version of a package; modules built for a kernel name it in their dependencies."""
    if not packages.is_built_for_kernel(offer.name):
        return packages.upstream(offer.version)
    common = (
        need.version
        for ways in offer.needs
        for need in ways
        if need.relation == ">=" and need.name.startswith("nvidia-kernel-common-")
    )
    return next(common, None)

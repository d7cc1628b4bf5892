"""The stand-in packages that standins.yaml declares, ready to be put into the lab's mirror."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from infra.lab.deb import Deb

DECLARED = Path(__file__).with_name("standins.yaml")
CONTENT = Path(__file__).with_name("standins")


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Release(_Declared):
    """One version that a group of packages is built for."""

    branch: str
    driver: str
    """Upstream's version: what nvidia-smi, or the tool itself, says."""
    version: str
    """Version of the packages."""
    cuda: str
    kernel: str = ""
    """Version of packages that follow a kernel, not the driver."""
    fault: str = ""
    """What is wrong with it, for drills: a file `NAME.FAULT` is shipped instead of `NAME`."""


class Asset(_Declared):
    """A file that stand-ins ship."""

    path: str
    mode: str
    file: str = ""
    link: str = ""


class Package(_Declared):
    """A package as declared, with placeholders."""

    summary: str
    version: str = "{version}"
    depends: tuple[str, ...] = ()
    provides: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    ships: tuple[str, ...] = ()
    module: Literal["", "open", "proprietary"] = ""
    scripts: str = ""


class Group(_Declared):
    """Packages that are built for the same releases."""

    component: str
    source: str
    releases: tuple[Release, ...]
    packages: dict[str, Package]


class Declaration(_Declared):
    """Everything standins.yaml says."""

    assets: dict[str, Asset]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class StandIn:
    """One package at one version, and the component of the mirror that carries it."""

    component: str
    deb: Deb


@cache
def declaration() -> Declaration:
    """What standins.yaml declares; pydantic's ValidationError when it is malformed."""
    return Declaration.model_validate(yaml.safe_load(DECLARED.read_text()))


@cache
def standins() -> tuple[StandIn, ...]:
    """Every stand-in package at every version, in the order of their declaration."""
    return tuple(
        StandIn(
            component=group.component,
            deb=_deb(_fill(name, release), package, release=release, source=group.source),
        )
        for group in declaration().groups
        for release in group.releases
        for name, package in group.packages.items()
    )


def versions() -> dict[str, tuple[str, ...]]:
    """Versions of each stand-in package, oldest first."""
    found: dict[str, tuple[str, ...]] = {}
    for standin in standins():
        control = standin.deb.control
        found[control["Package"]] = (*found.get(control["Package"], ()), control["Version"])
    return found


def _fill(text: str, release: Release) -> str:
    return text.format_map(release.model_dump())


def _deb(name: str, package: Package, *, release: Release, source: str) -> Deb:
    version = _fill(package.version, release)
    words = _words(name, package, release=release, version=version)
    return Deb(
        control=_control(name, package, release=release, version=version),
        scripts=dict(_scripts(package, words, fault=release.fault)),
        files={**_note(name, version, source=source), **dict(_files(package, release, words))},
        links=dict(_links(package, release)),
    )


def _words(name: str, package: Package, *, release: Release, version: str) -> dict[str, str]:
    return {
        "@DRIVER@": release.driver,
        "@BRANCH@": release.branch,
        "@CUDA@": release.cuda,
        "@VERSION@": version,
        "@PACKAGE@": name,
        "@MODULE@": package.module,
    }


def _control(name: str, package: Package, *, release: Release, version: str) -> dict[str, str]:
    def listed(values: tuple[str, ...]) -> str:
        return ", ".join(_fill(value, release) for value in values)

    return {
        "Package": name,
        "Version": version,
        "Architecture": "amd64",
        "Maintainer": "infra lab <lab@example.invalid>",
        "Depends": listed(package.depends),
        "Provides": listed(package.provides),
        "Conflicts": listed(package.conflicts),
        "Replaces": listed(package.conflicts),
        "Section": "misc",
        "Priority": "optional",
        "Description": f"{package.summary} (lab stand-in)\n"
        " Stands in for the package of this name in the lab: it drives no hardware.",
    }


def _note(name: str, version: str, *, source: str) -> dict[str, tuple[bytes, int]]:
    text = f"{name} {version} is a lab stand-in: it drives no hardware.\nFollows: {source}\n"
    return {f"usr/share/doc/{name}/README.lab": (text.encode(), 0o644)}


def _content(file: str, words: dict[str, str], *, fault: str) -> str:
    faulty = CONTENT / f"{file}.{fault}"
    text = (faulty if fault and faulty.exists() else CONTENT / file).read_text()
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _files(
    package: Package, release: Release, words: dict[str, str]
) -> Iterator[tuple[str, tuple[bytes, int]]]:
    for name in package.ships:
        asset = declaration().assets[name]
        content = _content(asset.file or name, words, fault=release.fault).encode()
        yield _fill(asset.path, release), (content, int(asset.mode, 8))


def _links(package: Package, release: Release) -> Iterator[tuple[str, str]]:
    for name in package.ships:
        asset = declaration().assets[name]
        if asset.link:
            yield asset.link, Path(_fill(asset.path, release)).name


def _scripts(package: Package, words: dict[str, str], *, fault: str) -> Iterator[tuple[str, str]]:
    kind = "module" if package.module else package.scripts
    if kind:
        for script in ("postinst", "prerm"):
            yield script, _content(f"{kind}.{script}", words, fault=fault)

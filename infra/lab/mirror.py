"""The lab's package mirror: signed apt repositories of stand-ins and of Debian's real packages."""

import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

from infra.lab import closure, place, signing, standins
from infra.lab.deb import deb
from infra.lab.shell import run

COMPONENTS: dict[str, tuple[str, ...]] = {
    "trixie": ("main", "restricted", "nvidia"),
    "bookworm": ("main",),
}
"""Components by suite: main is Debian's, restricted stands in for Ubuntu's archive."""
LABEL = "infra-lab"


@dataclass(frozen=True)
class Mirror:
    """What a host needs to know of the mirror."""

    url_by_suite: Mapping[str, str]
    """Repository URLs by suite, for `deb [signed-by=…] URL SUITE COMPONENT…`."""
    key_armored: str
    """The public key that signs them."""
    versions: Mapping[str, tuple[str, ...]]
    """Versions of each package: of stand-ins oldest first, of real ones by suite."""


def build(say: Callable[[str], None], *, statuses: Mapping[str, Path] | None = None) -> Mirror:
    """The mirror below the lab's document root, built anew only when something in it changed.

    `statuses` gives the dpkg status file of the base that hosts of a suite start from.
    """
    fingerprint = signing.key(place.GNUPG)
    recipe = _recipe(statuses or {}, fingerprint=fingerprint)
    published = place.WWW / "mirrors" / recipe
    if not (published / "manifest.json").exists():
        _publish(published, statuses=statuses or {}, say=say)
    _switch(published)
    return _read(published / "manifest.json")


def _recipe(statuses: Mapping[str, Path], *, fingerprint: str) -> str:
    parts = [
        fingerprint,
        *(closure.recipe(suite, status=statuses.get(suite)) for suite in COMPONENTS),
    ]
    sources = [standins.DECLARED, *sorted(standins.CONTENT.iterdir())]
    sources += [
        Path(__file__),
        Path(standins.__file__),
        Path(standins.__file__).with_name("deb.py"),
    ]
    digest = hashlib.sha256("\n".join(parts).encode())
    for source in sources:
        digest.update(source.name.encode() + source.read_bytes())
    return digest.hexdigest()[:16]


def _publish(target: Path, *, statuses: Mapping[str, Path], say: Callable[[str], None]) -> None:
    say("Building the lab's package mirror (once) …")
    fresh = target.with_name(f".{target.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    real: dict[str, dict[str, str]] = {}
    for suite, components in COMPONENTS.items():
        files = closure.closure(suite, status=statuses.get(suite), say=say)
        real[suite] = dict(_add_real(files, fresh / suite / "pool" / "main"))
        _add_standins(fresh / suite / "pool", components)
        index(fresh / suite, suite=suite, components=components, home=place.GNUPG)
    mirror = Mirror(
        url_by_suite={suite: _url(suite) for suite in COMPONENTS},
        key_armored=signing.public_key(place.GNUPG),
        versions={**_all(real), **standins.versions()},
    )
    (fresh / "manifest.json").write_text(json.dumps(asdict(mirror), indent=1))
    fresh.replace(target)


def _all(real: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    names = sorted({name for versions in real.values() for name in versions})
    return {
        name: tuple(versions[name] for versions in real.values() if name in versions)
        for name in names
    }


def _url(suite: str) -> str:
    return f"http://{place.SERVICES_ADDRESS}/apt/{suite}/"


def _add_real(files: tuple[Path, ...], pool: Path) -> Iterator[tuple[str, str]]:
    """Link package files into a pool without the epoch in their names; gives their versions."""
    pool.mkdir(parents=True)
    for file in files:
        name, version, architecture = unquote(file.stem).split("_")
        os.link(file, pool / f"{name}_{version.rpartition(':')[2]}_{architecture}.deb")
        yield name, version


def _add_standins(pool: Path, components: tuple[str, ...]) -> None:
    for component in components:
        (pool / component).mkdir(parents=True, exist_ok=True)
    for standin in standins.standins():
        if standin.component in components:
            (pool / standin.component / standin.deb.file_name).write_bytes(deb(standin.deb))


def index(root: Path, *, suite: str, components: tuple[str, ...], home: Path) -> None:
    """Write a repository's indexes for the packages in its pool, signed by the key in `home`."""
    dists = root / "dists" / suite
    for component in components:
        folder = dists / component / "binary-amd64"
        folder.mkdir(parents=True)
        packages = run(["apt-ftparchive", "packages", f"pool/{component}"], cwd=root).encode()
        (folder / "Packages").write_bytes(packages)
        (folder / "Packages.gz").write_bytes(gzip.compress(packages, mtime=0))
    (dists / "Release").write_text(_release(dists, suite=suite, components=components))
    signing.sign(dists / "Release", home=home)


def _release(dists: Path, *, suite: str, components: tuple[str, ...]) -> str:
    fields = {
        "Origin": LABEL,
        "Label": LABEL,
        "Suite": suite,
        "Codename": suite,
        "Architectures": "amd64",
        "Components": " ".join(components),
        "Description": "The lab's mirror: stand-ins and Debian's packages",
    }
    options = [f"APT::FTPArchive::Release::{name}={value}" for name, value in fields.items()]
    words = [word for option in options for word in ("-o", option)]
    return run(["apt-ftparchive", *words, "release", dists])


def _switch(published: Path) -> None:
    """Serve a built mirror: one rename, then the ones before it go."""
    link = place.WWW / "apt"
    target = f"mirrors/{published.name}"
    if not link.is_symlink() or os.readlink(link) != target:
        fresh = place.WWW / ".apt.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(link)
        for old in published.parent.iterdir():
            if old != published:
                shutil.rmtree(old)


def _read(manifest: Path) -> Mirror:
    found = json.loads(manifest.read_text())
    found["versions"] = {name: tuple(versions) for name, versions in found["versions"].items()}
    return Mirror(**found)

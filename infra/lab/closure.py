"""Debian's real packages for the lab's mirror, with everything they need beyond the hosts' base."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

from infra.lab import place
from infra.lab.package_sources import MIRROR_VARIABLE, source_lines
from infra.lab.shell import LabError, run

PACKAGES: dict[str, tuple[tuple[str, ...], ...]] = {
    "trixie": (
        (
            *("docker.io", "docker-cli", "containerd", "runc", "tini", "iptables", "nftables"),
            *("nginx", "ca-certificates", "curl", "jq", "rsync", "pigz", "logrotate"),
            *("pciutils", "kmod", "mokutil", "unattended-upgrades", "needrestart", "gpg"),
        ),
        ("chrony",),
        ("systemd-timesyncd",),
    ),
    "bookworm": (
        (
            *("nginx", "openssl", "ca-certificates", "curl", "jq", "rsync", "logrotate"),
            *("nftables", "unattended-upgrades", "needrestart", "gpg"),
        ),
        ("chrony",),
        ("systemd-timesyncd",),
    ),
}
"""What roles may install, by suite, in groups that can be installed together."""

_URI = re.compile(r"^'\S+' (?P<file>\S+\.deb) ", re.M)


def recipe(suite: str, *, status: Path | None) -> str:
    """A short hash of what the closure of a suite depends on."""
    installed = status.read_bytes() if status is not None else b""
    parts = json.dumps([PACKAGES[suite], source_lines(suite)]).encode()
    return hashlib.sha256(parts + installed).hexdigest()[:16]


def closure(
    suite: str, *, status: Path | None, say: Callable[[str], None] = lambda _: None
) -> tuple[Path, ...]:
    """Package files of a suite's real packages and all they need, downloaded once.

    `status` is the dpkg status file of the base that the hosts start from; None is an empty host.
    """
    manifest = place.CACHE / "closure" / f"{suite}-{recipe(suite, status=status)}.json"
    pool = place.CACHE / "debs" / suite
    if manifest.exists():
        files = tuple(pool / name for name in json.loads(manifest.read_text()))
        if all(file.exists() for file in files):
            return files
    say(f"Downloading Debian {suite}'s packages for the lab's mirror (once) …")
    names = _download(suite, pool, status=status)
    _write(manifest, json.dumps(names, indent=1))
    return tuple(pool / name for name in names)


def _download(suite: str, pool: Path, *, status: Path | None) -> list[str]:
    options = _private_apt(suite, pool, status=status)
    run(["apt-get", *options, "--quiet", "update"])
    names: set[str] = set()
    for group in PACKAGES[suite]:
        install = ["apt-get", *options, "--yes", "--no-install-recommends", "install"]
        # apt lists only what its archive folder lacks, so the question goes to an empty one
        nothing = ["-o", f"Dir::Cache::archives={place.CACHE / 'apt' / suite / 'none'}"]
        wanted = set(files_in(run([*install, *nothing, "--print-uris", *group])))
        if not all((pool / name).exists() for name in wanted):
            run([*install, "--download-only", *group])
        names |= wanted
    return sorted(names)


def files_in(listing: str) -> list[str]:
    """Names of the package files that `apt-get --print-uris` would download."""
    return [match["file"] for match in _URI.finditer(listing)]


def _private_apt(suite: str, pool: Path, *, status: Path | None) -> list[str]:
    """Options for an apt of its own: only the network settings of this machine's apt stay."""
    root = place.CACHE / "apt" / suite
    for folder in (root / "lists" / "partial", root / "none" / "partial", pool / "partial"):
        folder.mkdir(parents=True, exist_ok=True)
    _write(root / "sources.list", "\n".join(_sources(suite)) + "\n")
    if status is None:
        _write(root / "status", "")
    settings = {
        "Dir::Etc::SourceList": root / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::Etc::Preferences": "/dev/null",
        "Dir::Etc::PreferencesParts": "/dev/null",
        "Dir::State": root,
        "Dir::State::Lists": root / "lists",
        "Dir::State::status": status if status is not None else root / "status",
        "Dir::Cache": root,
        "Dir::Cache::archives": pool,
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def _sources(suite: str) -> tuple[str, ...]:
    lines = source_lines(suite)
    if not lines:
        raise LabError(
            f"this machine knows no mirror of Debian {suite}, which the lab's hosts are made from: "
            f"set {MIRROR_VARIABLE} to one's URL"
        )
    return lines


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)

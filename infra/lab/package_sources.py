"""Where Debian's own packages come from on this machine, and the keys that prove them Debian's.

In this order: the mirror that INFRA_LAB_DEBIAN_MIRROR names, the mirrors of this machine's apt
(none on Ubuntu), the mirror that the suite's base was built from (mmdebstrap knows one).
"""

import os
import re
from pathlib import Path

from infra.lab import place
from infra.lab.shell import LabError, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "INFRA_LAB_DEBIAN_MIRROR"
_INDEX = re.compile(r"^'(?P<mirror>\S+)/dists/(?P<suite>[a-z]+)(?P<pocket>\S*)/InRelease'", re.M)
_RELEASES = {"bookworm": 12, "trixie": 13}
_DEBIAN = ("bullseye", *_RELEASES, "forky", "sid", "stable", "oldstable", "testing")
_OWNER = re.compile(r"^uid:.*\((?P<release>\d+)/[a-z]+\)", re.M)


def source_lines(suite: str) -> tuple[str, ...]:
    """Lines of a sources.list for a Debian suite; none where only mmdebstrap knows a mirror."""
    return _of_variable(suite) or _of_apt(suite) or _of_base(suite)


def require_keys(suite: str) -> None:
    """Raise LabError when this machine has no key that Debian signs a suite with."""
    options = ["--no-default-keyring", "--keyring", str(KEYRING), "--with-colons"]
    listing = run(["gpg", *options, "--list-keys"], check=False) if KEYRING.exists() else ""
    if not knows(listing, suite=suite):
        raise LabError(
            f"{KEYRING} holds no key that Debian signs {suite} with: upgrade the package "
            "debian-archive-keyring on this machine, from a newer release of it if need be"
        )


def knows(listing: str, *, suite: str) -> bool:
    """Whether a keyring, as `gpg --list-keys --with-colons` prints it, has a key of a suite.

    Debian signs each release with its own keys and with those of the release before.
    """
    release = _RELEASES[suite]
    return any(
        int(owner["release"]) in (release - 1, release) for owner in _OWNER.finditer(listing)
    )


def lines_from(listing: str, *, suite: str) -> tuple[str, ...]:
    """Lines of a sources.list for `suite`, from what `apt-get update --print-uris` prints."""
    found = [
        f"deb [signed-by={KEYRING}] {index['mirror']} {suite}{index['pocket']} main"
        for index in _INDEX.finditer(listing)
        if index["suite"] in _DEBIAN and index["pocket"] in ("", "-updates", "-security")
    ]
    return tuple(dict.fromkeys(found))


def recorded_lines(sources: str) -> tuple[str, ...]:
    """The lines of a sources.list that name a mirror, from its text."""
    return tuple(line for line in sources.splitlines() if line.startswith("deb "))


def _of_variable(suite: str) -> tuple[str, ...]:
    named = os.environ.get(MIRROR_VARIABLE)
    return (f"deb [signed-by={KEYRING}] {named} {suite} main",) if named is not None else ()


def _of_apt(suite: str) -> tuple[str, ...]:
    return lines_from(run(["apt-get", "update", "--print-uris"]), suite=suite)


def _of_base(suite: str) -> tuple[str, ...]:
    """What the newest base of a suite was built from."""
    found = (place.CACHE / "bases").glob(f"{suite}-*/sources.list")
    newest = max(found, key=lambda file: file.stat().st_mtime, default=None)
    return recorded_lines(newest.read_text()) if newest is not None else ()

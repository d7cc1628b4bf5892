"""Which packages make up the runtime, and which of the offered versions keeps the promise."""

import re
import shlex
from collections.abc import Mapping, Sequence

TOOLKIT = (
    "nvidia-container-toolkit",
    "nvidia-container-toolkit-base",
    "libnvidia-container-tools",
    "libnvidia-container1",
)
"""The four toolkit packages, which must be at one version."""
OLD = ("nvidia-docker2", "nvidia-container-runtime")
"""Packages that the toolkit replaced."""
DOCKER = {
    "docker.io": ("docker.io", "docker-cli"),
    "docker-ce": ("docker-ce", "docker-ce-cli"),
}
"""Packages at Docker's version; docker-cli is apart from docker.io in Debian 13 alone."""
BESIDE = {
    "docker.io": ("containerd", "runc", "iptables", "ca-certificates"),
    "docker-ce": ("containerd.io", "iptables", "ca-certificates"),
}
"""What Docker runs on, at the version that comes with it."""
HELD = {"docker.io": ("containerd", "runc"), "docker-ce": ("containerd.io",)}
"""Of these, what an unattended upgrade would restart."""


SAFE = (1, 19, 1)
"""The oldest toolkit that closes CVE-2026-24260, by which a container breaks out."""


class NotOffered(ValueError):
    """A version that no package source of the host has."""


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a package version, without epoch and revision: (1, 19, 1) of 1.19.1-1."""
    upstream = version.rpartition(":")[2]
    return tuple(int(number) for number in re.findall(r"\d+", re.split(r"[-+~]", upstream)[0]))


def unsafe(versions: Mapping[str, str]) -> list[str]:
    """Those of these toolkit packages, with their versions, that are older than the safe one."""
    return [f"{name} {version}" for name, version in versions.items() if numbers(version) < SAFE]


def keeps(version: str, promised: str) -> bool:
    """Whether a package version is the promised one: the same, or one that begins with it.

    `26.1` begins `5:26.1.4-1~debian`, but not `26.10.0`.
    """
    if version == promised:
        return True
    upstream = version.partition(":")[2] if ":" in version and ":" not in promised else version
    return re.match(re.escape(promised) + r"(?![\w])", upstream) is not None


def offers_command(names: Sequence[str]) -> str:
    """Shell text that prints every version that the host's package sources offer."""
    return f"apt-cache madison {' '.join(shlex.quote(name) for name in names)} 2>/dev/null || true"


def parse_offers(lines: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Offered versions by package, newest first, from the answer to `offers_command`."""
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        row = [word.strip() for word in line.split("|")]
        if len(row) == 3 and not row[2].endswith("Sources"):
            found[row[0]] = (*found.get(row[0], ()), row[1])
    return found


def settled(names: Sequence[str], *, promised: str, installed: Mapping[str, str]) -> bool:
    """Whether all are installed, at one version, and that keeps the promise."""
    versions = {installed.get(name, "") for name in names}
    return len(versions) == 1 and keeps(versions.pop(), promised)


def chosen(
    names: Sequence[str],
    *,
    promised: str,
    installed: Mapping[str, str],
    offers: Mapping[str, Sequence[str]],
) -> dict[str, str]:
    """The exact version of each package: all at one, which is the installed one if that will do.

    A package that is neither installed nor offered at all is left out unless it is the first.
    Raises NotOffered with a sentence that names what is offered.
    """
    known = [name for name in names if name in (*installed, *offers) or name == names[0]]
    if settled(known, promised=promised, installed=installed):
        return {name: installed[name] for name in known}
    return {name: _newest(name, promised=promised, offered=offers.get(name, ())) for name in known}


def _newest(name: str, *, promised: str, offered: Sequence[str]) -> str:
    for version in offered:
        if keeps(version, promised):
            return version
    others = ", ".join(dict.fromkeys(offered)) or "nothing"
    raise NotOffered(
        f"{name} {promised} is in no package source of this host (offered: {others}); "
        "give one of these, or a repository that has it"
    )

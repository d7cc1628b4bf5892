"""Which packages are a CUDA toolkit, what of it a host has, and what apt would do for it."""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.observed import Package
from roles.gpu_driver import packages as driver

LINK = "/usr/local/cuda"
BRINGS_DRIVER = re.compile(r"cuda(-\d+-\d+)?|cuda-drivers.*|cuda-runtime-.*|cuda-demo-suite-.*")
"""Packages of NVIDIA's repository that depend on the newest driver."""


def suffix(version: str) -> str:
    """What names of a version's packages end in: 12-9 of 12.9.1."""
    major, minor, _ = version.split(".")
    return f"{major}-{minor}"


def package(version: str) -> str:
    """The package that stands for the whole toolkit, without a driver."""
    return f"cuda-toolkit-{suffix(version)}"


def folder(version: str) -> str:
    """Where a version's files lie."""
    return f"/usr/local/cuda-{version.rpartition('.')[0]}"


@dataclass(frozen=True)
class State:
    """What of a toolkit a host has, and which versions its sources offer."""

    installed: Mapping[str, Package] = field(default_factory=dict)
    """Packages of this toolkit, and those that bring a driver."""
    link: str = ""
    """Where /usr/local/cuda leads; empty: nowhere."""
    offers: tuple[str, ...] = ()


def command(version: str) -> str:
    """Shell text that prints one fact a line, its kind first."""
    name = shlex.quote(package(version))
    return (
        "dpkg-query -W -f 'package ${Package} ${Version} ${db:Status-Want} ${db:Status-Status}\\n' "
        f"'*-{suffix(version)}' 'cuda' 'cuda-*' 2>/dev/null; "
        f'echo "link $(readlink -e {LINK})"; '
        f"apt-cache madison {name} 2>/dev/null | sed 's/^/offer /'"
    )


def parse(lines: list[str], *, version: str) -> State:
    """State from the answer to `command`."""
    rows = [row for row in map(str.split, lines) if row]
    installed = {
        row[1]: Package(version=row[2], held=row[3] == "hold")
        for row in rows
        if row[0] == "package" and len(row) == 5 and row[4] == "installed"
    }
    return State(
        installed={
            name: one
            for name, one in installed.items()
            if name.endswith(f"-{suffix(version)}") or BRINGS_DRIVER.fullmatch(name)
        },
        link=next((row[1] for row in rows if row[0] == "link" and len(row) == 2), ""),
        offers=tuple(dict.fromkeys(row[3] for row in rows if row[0] == "offer" and len(row) > 3)),
    )


def own(state: State) -> dict[str, Package]:
    """The installed packages of the toolkit itself."""
    return {name: one for name, one in state.installed.items() if not BRINGS_DRIVER.fullmatch(name)}


def keeps(found: str, version: str) -> bool:
    """Whether a package version is the promised toolkit version: 12.9.1-1 is 12.9.1."""
    return found.rpartition(":")[2].partition("-")[0] == version


def offered(state: State, *, version: str) -> str | None:
    """The newest package version of a toolkit version that the sources have; None: none."""
    return next((one for one in state.offers if keeps(one, version)), None)


def not_offered(state: State, *, version: str) -> str:
    """The sentence that no source has a version, with those there are."""
    there = ", ".join(state.offers) or "nothing"
    return (
        f"{package(version)} {version} is in no package source of this host (offered: {there}); "
        "give one of these as cuda_toolkit.version, or NVIDIA's repository as "
        "cuda_toolkit.repository"
    )


def simulate_command(asked: str) -> str:
    """Shell text that prints what apt would do to install a package, given with its version."""
    return (
        "LC_ALL=C apt-get -s -q --no-install-recommends --allow-downgrades "
        f"--allow-change-held-packages install {shlex.quote(asked)} 2>&1 || true"
    )


def moved_drivers(lines: list[str]) -> tuple[str, ...]:
    """Driver packages that apt would install, move or remove."""
    rows = (line.split() for line in lines if line.startswith(("Inst ", "Remv ")))
    names = dict.fromkeys(row[1] for row in rows)
    return tuple(name for name in names if driver.is_driver(name) or BRINGS_DRIVER.fullmatch(name))

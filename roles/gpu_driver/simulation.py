"""What the host's own apt would do, asked and fetched before anything is changed."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from infra.apt.command import APT
from roles.gpu_driver import packages, pinning

ADVICE = (
    "No package was changed. A held package may stand in the way (apt-mark showhold), or a source "
    "that lacks a part of this version; to let infra move held driver packages: "
    "gpu_driver.replace_held = True"
)


@dataclass(frozen=True)
class Simulation:
    """apt-get's answer: its exit status, what it would install and remove, its error lines."""

    status: int
    installs: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


def command(
    *, preferences: str, arguments: Sequence[str], unhold: Sequence[str], wrecks: Sequence[str]
) -> str:
    """Shell text that simulates an installation under preferences that are not written yet.

    Holds of `unhold` are left out of account, `wrecks` are taken for gone; nothing on the host
    changes.
    """
    return (
        f"{_staged(preferences, unhold=unhold, wrecks=wrecks)} && "
        f'LC_ALL=C apt-get -s -q {_STAGED} {_install(arguments)} 2>&1; echo "STATUS $?"'
    )


def fetch_command(
    *, preferences: str, arguments: Sequence[str], unhold: Sequence[str], wrecks: Sequence[str]
) -> str:
    """Shell text that fetches what the simulated installation needs into apt's cache."""
    return (
        f"{_staged(preferences, unhold=unhold, wrecks=wrecks)} && "
        f"{APT} {_STAGED} --download-only --allow-change-held-packages {_install(arguments)}"
    )


def _staged(preferences: str, *, unhold: Sequence[str], wrecks: Sequence[str]) -> str:
    return (
        f"{pinning.staged(preferences)} && "
        f"awk -v ours={_listed(unhold)} -v gone={_listed(wrecks)} "
        '\'/^Package: /{p=$2} /^Status: hold /&&index(ours," " p " "){sub(/hold/,"install")} '
        '/^Status: .* half-installed$/&&index(gone," " p " ")'
        '{sub(/[a-z]+ half-installed$/,"ok not-installed")} 1\' '
        '/var/lib/dpkg/status >"$t/status"'
    )


def _listed(names: Sequence[str]) -> str:
    return shlex.quote(f" {' '.join(names)} ")


_STAGED = (
    f'{pinning.OPTION} -o Dir::State::status="$t/status" '
    "-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
)


def _install(arguments: Sequence[str]) -> str:
    asked = " ".join(shlex.quote(argument) for argument in arguments)
    return f"--no-install-recommends --allow-downgrades --fix-broken install {asked}"


def parse(lines: list[str]) -> Simulation:
    """Simulation from the answer to `command`."""
    status = [line.split()[1] for line in lines if re.fullmatch(r"STATUS \d+", line)]
    return Simulation(
        status=int(status[-1]) if status else 1,
        installs=tuple(line.split()[1] for line in lines if line.startswith("Inst ")),
        removes=tuple(line.split()[1] for line in lines if line.startswith("Remv ")),
        errors=_errors(lines),
    )


def problem(simulation: Simulation) -> str | None:
    """Why the set cannot be installed, in apt's words, and what to do; None when it can.

    What takes packages away that are no driver's is refused as well.
    """
    if simulation.status != 0:
        return f"apt-get: {' '.join(simulation.errors) or 'failed without a word'} {ADVICE}"
    others = [name for name in simulation.removes if not packages.is_driver(name)]
    if others:
        return (
            f"apt-get would remove {', '.join(others)} to install this driver; remove them "
            "yourself if that is meant. No package was changed"
        )
    return None


def _errors(lines: list[str]) -> tuple[str, ...]:
    """The unmet dependencies and the lines that apt marks as errors."""
    start = next((at for at, line in enumerate(lines) if "unmet dependencies" in line), None)
    unmet = [] if start is None else [line for line in lines[start:] if not _is_mark(line)]
    marked = [line for line in lines if line.startswith("E: ")]
    return tuple(" ".join(line.split()) for line in [*unmet, *marked])


def _is_mark(line: str) -> bool:
    return line.startswith(("E: ", "W: ", "STATUS ", "Inst ", "Remv ", "Conf ")) or not line.strip()

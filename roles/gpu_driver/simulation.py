"""What the host's own apt would do, asked before anything is changed."""

import base64
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

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


def command(*, preferences: str, arguments: Sequence[str], unhold: Sequence[str]) -> str:
    """Shell text that simulates an installation under preferences that are not written yet.

    Holds of `unhold` are left out of account; nothing on the host changes.
    """
    encoded = base64.b64encode(preferences.encode()).decode()
    asked = " ".join(shlex.quote(argument) for argument in arguments)
    return (
        't=$(mktemp -d) && trap \'rm -rf "$t"\' EXIT && mkdir "$t/p" && chmod 755 "$t" && '
        f'for f in /etc/apt/preferences.d/*; do case $f in {pinning.PATH}|*"*"*) ;; '
        '*) cp "$f" "$t/p/" ;; esac; done && '
        f'echo {encoded} | base64 -d >"$t/p/{pinning.PATH.rpartition("/")[2]}" && '
        f"awk -v ours={shlex.quote(' ' + ' '.join(unhold) + ' ')} "
        '\'/^Package: /{p=$2} /^Status: hold /&&index(ours," " p " "){sub(/hold/,"install")} 1\' '
        '/var/lib/dpkg/status >"$t/status" && '
        'LC_ALL=C apt-get -s -q -o Dir::Etc::preferencesparts="$t/p" '
        '-o Dir::State::status="$t/status" '
        "-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= --no-install-recommends "
        f'--allow-downgrades install {asked} 2>&1; echo "STATUS $?"'
    )


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

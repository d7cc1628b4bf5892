"""The command that installs a driver's set and holds it, and the record of what infra holds."""

import shlex
from collections.abc import Iterable

from infra.apt.command import APT, finishing, hold_command, unhold_command
from roles.gpu_driver import foreign, pinning
from roles.gpu_driver.change import Change
from roles.gpu_driver.state import HOLDS

_FINISHED = (
    "{ ! ls /var/lib/dpkg/updates | grep -q . || "
    "dpkg --force-confdef --force-confold --configure -a || true; }"
)
"""apt refuses to go on from a dpkg that was cut short; what stays broken, the new set replaces."""

_REMOVE = "dpkg --force-depends --force-hold --force-remove-reinstreq --remove"


def install_and_hold(step: Change, *, preferences: str) -> str:
    """Shell text that moves packages to their versions, records the set and holds it.

    apt follows these preferences, which are not written yet. It runs to its end when the connection
    is lost. When it fails, the holds that were taken off come back.
    """
    start = f"{pinning.staged(preferences)} && {_FINISHED}"
    if step.wrecks:
        start += f" && {_REMOVE} {_words(step.wrecks)}"
    if step.uninstall:
        start += f" && {foreign.UNINSTALL} --silent"
    purge = " --purge" if step.purge else ""
    install = (
        f"{APT} {pinning.OPTION} install{purge} --fix-broken --no-install-recommends "
        f"--allow-downgrades --allow-change-held-packages {_words(step.arguments())}"
    )
    held = held_command(step.hold)
    if not step.unhold:
        return finishing(f"{start} && {install} && {held}")
    return finishing(
        f"{start} && {unhold_command(step.unhold)} && "
        f"if {install}; then {held}; else rc=$?; {hold_command(step.unhold)}; exit $rc; fi"
    )


def held_command(names: Iterable[str]) -> str:
    """Shell text that records packages as held by infra and holds them."""
    held = tuple(names)
    return (
        f"mkdir -p {HOLDS.rpartition('/')[0]} && printf '%s\\n' {_words(held)} >{HOLDS}.new "
        f"&& mv -f {HOLDS}.new {HOLDS} && {hold_command(held)}"
    )


def _words(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))

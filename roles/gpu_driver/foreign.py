"""Drivers that are not the promised origin's: packages from elsewhere, and .run installations."""

from roles.gpu_driver import packages
from roles.gpu_driver.state import State

UNINSTALL = "/usr/bin/nvidia-uninstall"
"""What a .run file leaves to take itself away."""


def strangers(state: State, *, origin: str) -> tuple[str, ...]:
    """Installed driver packages that are not the origin's, by name."""
    return tuple(
        sorted(
            name
            for name, package in state.driver.items()
            if not packages.is_optional(name)
            and not packages.is_from(origin, name=name, version=package.version)
        )
    )


def refusal(state: State, *, origin: str, replace: bool) -> str | None:
    """Why a driver that is there stands in the way, and what to do; None when it does not.

    With `replace` it is taken away; a .run file's driver without its uninstaller cannot be.
    """
    if _is_unpacked(state) and (not replace or UNINSTALL not in state.runfile):
        return _of_file(state, replace=replace)
    found = strangers(state, origin=origin)
    if not found or replace:
        return None
    there = _listed([f"{name} {state.driver[name].version}" for name in found])
    return (
        f'gpu_driver.origin is "{origin}", but driver packages from elsewhere are installed: '
        f"{there}; two origins do not mix: change gpu_driver.origin, let infra replace them "
        "(gpu_driver.replace_foreign = True), or remove them "
        f"(apt-get purge --allow-change-held-packages {' '.join(found)})"
    )


def _is_unpacked(state: State) -> bool:
    """Whether a driver is there that no package brought."""
    bare = not state.driver and not state.broken
    return bool(state.runfile) or (bare and (state.disk or state.user_space) is not None)


def _of_file(state: State, *, replace: bool) -> str:
    at = f" ({', '.join(state.runfile)})" if state.runfile else ""
    what = state.disk or state.loaded or state.user_space or "a driver"
    words = f"gpu_driver: {what} came in no package but in a .run file{at}; "
    if replace:
        return f"{words}{UNINSTALL} is absent: run the .run file of that version with --uninstall"
    return (
        f"{words}run nvidia-uninstall yourself, or let infra do it "
        "(gpu_driver.replace_foreign = True)"
    )


def _listed(items: list[str]) -> str:
    more = f" and {len(items) - 3} more" if len(items) > 3 else ""
    return ", ".join(items[:3]) + more

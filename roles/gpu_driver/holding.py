"""The command that installs a driver's set and holds it, and the record of what infra holds."""

import shlex
from collections.abc import Iterable

from roles.gpu_driver.change import Change
from roles.gpu_driver.state import HOLDS


def install_and_hold(step: Change, *, apt: str) -> str:
    """Shell text that moves packages to their versions, records the set and holds it.

    `apt` is apt-get with its options. When apt fails, the holds that were taken off come back.
    """
    held = f"{_record(step.hold)} && apt-mark hold {_words(step.hold)}"
    if not step.moves:
        return held
    install = (
        f"{apt} install --no-install-recommends --allow-downgrades "
        f"--allow-change-held-packages {_words(step.arguments())}"
    )
    if not step.unhold:
        return f"{install} && {held}"
    unhold = _words(step.unhold)
    return (
        f"apt-mark unhold {unhold} && if {install}; then {held}; "
        f"else rc=$?; apt-mark hold {unhold} >/dev/null; exit $rc; fi"
    )


def _record(names: Iterable[str]) -> str:
    return (
        f"mkdir -p {HOLDS.rpartition('/')[0]} && printf '%s\\n' {_words(names)} >{HOLDS}.new "
        f"&& mv -f {HOLDS}.new {HOLDS}"
    )


def _words(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))

"""The command that installs a driver's set and holds it, and the record of what infra holds."""

import shlex
from collections.abc import Iterable

from roles.gpu_driver.change import Change
from roles.gpu_driver.state import HOLDS


def install_and_hold(step: Change, *, apt: str) -> str:
    """Shell text that moves packages to their versions, records the set and holds it.

    `apt` is apt-get with its options. When apt fails, the holds that were taken off come back.
    """
    held = f"{_record(step.hold)} && {_marked('hold', step.hold)}"
    if not step.moves:
        return held
    install = (
        f"{apt} install --no-install-recommends --allow-downgrades "
        f"--allow-change-held-packages {_words(step.arguments())}"
    )
    if not step.unhold:
        return f"{install} && {held}"
    return (
        f"{_marked('unhold', step.unhold)} && if {install}; then {held}; "
        f"else rc=$?; {_marked('hold', step.unhold)}; exit $rc; fi"
    )


def _marked(action: str, names: Iterable[str]) -> str:
    """apt-mark fails at once when another apt has the lock; this tries for two minutes."""
    return (
        f"{{ n=0; until apt-mark {action} {_words(names)}; do n=$((n+1)); "
        "[ $n -lt 120 ] || exit 1; sleep 1; done; }"
    )


def _record(names: Iterable[str]) -> str:
    return (
        f"mkdir -p {HOLDS.rpartition('/')[0]} && printf '%s\\n' {_words(names)} >{HOLDS}.new "
        f"&& mv -f {HOLDS}.new {HOLDS}"
    )


def _words(words: Iterable[str]) -> str:
    return " ".join(map(shlex.quote, words))

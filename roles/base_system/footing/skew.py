"""How far a host's clock is from ours, and what is done about it."""

import time

from infra.advice import OWN

FARTHEST_SECONDS = 300.0
"""Farther apart, signatures and certificates are judged by a date that is not today's."""


def is_wrong(ahead: float) -> bool:
    """Whether a clock so many seconds ahead of ours is one to judge dates by no more."""
    return abs(ahead) > FARTHEST_SECONDS


def refusal(ahead: float, *, ours: float, ntp: bool) -> str | None:
    """Why a host is not touched whose clock nobody asked to be kept; None when it may be."""
    if ntp or not is_wrong(ahead):
        return None
    return (
        f"{_apart(ahead)} (it says {_date(ours + ahead)}, here it is {_date(ours)}): set the wrong "
        "one of the two right (timedatectl set-ntp true; a container's is its machine's), or let "
        "base_system.ntp keep the host's, then deploy again"
    )


def set_command(ahead: float, *, ours: float) -> str:
    """Shell text that sets the host's clock to ours; fails where NTP or a machine outside has it.

    A clock that NTP keeps is right: then it is ours that is wrong.
    """
    kept = f"{_apart(ahead)}, and NTP keeps the host's: set the clock of this machine right"
    outside = f"{_apart(ahead)}, and the host may not set it: set it right on its machine"
    return (
        'if [ "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)" = yes ] '
        "&& ! systemd-detect-virt -qc; "
        f"then echo {_quoted(kept)} >&2; exit 1; fi; "
        f"date -u -s @{ours:.0f} >/dev/null || {{ echo {_quoted(outside)} >&2; exit 1; }}; "
        "hwclock --systohc 2>/dev/null || true"
    )


def _apart(ahead: float) -> str:
    side = "ahead of" if ahead > 0 else "behind"
    return f"the host's clock is {_span(abs(ahead))} {side} this machine's"


def _span(seconds: float) -> str:
    for unit, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        number = round(seconds / unit)
        if seconds >= unit:
            return f"{number} {name}{'' if number == 1 else 's'}"
    return f"{seconds:.0f} s"


def _date(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))


def _quoted(sentence: str) -> str:
    return f'"{OWN}{sentence}, then deploy again"'

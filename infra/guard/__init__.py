"""Changes that could lock infra out of a host: made on trial, taken back by the host itself.

A timer on the host undoes the change unless a new SSH connection came about first.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One such change, as shell text run by root; `$TRIAL` is a folder for what undo needs.

    Nothing of it may be on disk where a boot would find it before `keep`: a reboot in the middle
    is a rollback too.
    """

    unit: str
    """A word: the timer is infra-guard-<unit>."""
    what: str
    """For people, the subject of a sentence: `the firewall's new rules`."""
    look: str
    """For people, what to look at when nobody came in."""
    remember: str
    """Writes what `undo` needs into `$TRIAL`; changes nothing."""
    apply: str
    undo: str
    keep: str
    """Makes the change last; run only when a new connection came about."""
    promised: str
    """Path of the file with what is promised; it is written before the trial."""
    stands: str
    """Path of the file that `keep` makes the same."""
    seconds: int = 30
    """From the start of the change to its end by the timer."""

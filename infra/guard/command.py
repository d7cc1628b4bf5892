"""Shell text of a trial. Whoever holds the lock and makes the mark `claimed` first decides."""

import shlex

from infra.guard import Trial

FOLDER = "/run/infra-guard"


def begin(trial: Trial) -> str:
    """Shell text that ends what an earlier run left, arms the timer, and makes the change.

    A change that fails is undone at once; the text fails then. One that the timer overtook is not
    begun, and one that takes longer than the trial is given up.
    """
    place, timer = _place(trial.unit), _timer(trial.unit)
    late = '{ echo "was rolled back before it was made" >&2; false; }'
    return (
        f"set -e; export TRIAL={place}; umask 077; mkdir -p {FOLDER}; "
        '[ ! -e "$TRIAL/undo" ] || sh "$TRIAL/undo"; '
        f"{_disarm(timer)}; "
        'rm -rf "$TRIAL"; mkdir "$TRIAL"; '
        f"sh -ec {shlex.quote(trial.remember)}; "
        f"printf '%s\\n' {shlex.quote(_undo_script(trial))} >\"$TRIAL/undo\"; "
        f"systemd-run --quiet --collect --unit={timer} --on-active={trial.seconds} "
        '--timer-property=AccuracySec=100ms /bin/sh "$TRIAL/undo"; '
        'exec 9>>"$TRIAL.lock"; flock 9; umask 022; '
        f'{{ [ ! -e "$TRIAL/claimed" ] || {late}; }} && '
        f"timeout -k 5 {trial.seconds} sh -ec {shlex.quote(trial.apply)} 9>&- && "
        ': >"$TRIAL/applied" || '
        f'{{ exec 9>&-; sh "$TRIAL/undo"; {_disarm(timer)}; exit 1; }}'
    )


def undo(trial: Trial) -> str:
    """Shell text that undoes the change at once, if the timer has not; `undone` says it is."""
    return (
        f"sh {_place(trial.unit)}/undo; {_disarm(_timer(trial.unit))}; {undone_command(trial.unit)}"
    )


def settle(trial: Trial) -> str:
    """Shell text that disarms the timer and makes the change last.

    It fails when the change was undone, or not made yet; the timer goes on then.
    """
    return (
        f"set -e; export TRIAL={_place(trial.unit)}; "
        'exec 9>>"$TRIAL.lock"; flock 9; '
        '[ -e "$TRIAL/undo" ] && [ ! -e "$TRIAL/claimed" ] || '
        '{ echo "was rolled back before it was kept" >&2; exit 1; }; '
        '[ -e "$TRIAL/applied" ] || { echo "was not applied" >&2; exit 1; }; '
        f': >"$TRIAL/claimed"; {_disarm(_timer(trial.unit))}; '
        f'sh -ec {shlex.quote(trial.keep)} 9>&-; rm -rf "$TRIAL"'
    )


def applied_command(unit: str) -> str:
    """Shell text that succeeds when the change of the last trial of that name was made."""
    return f"[ -e {_place(unit)}/applied ]"


def undone_command(unit: str) -> str:
    """Shell text that succeeds when the last trial of that name was undone."""
    return f"[ -e {_place(unit)}/undone ]"


def pending_command(unit: str) -> str:
    """Shell text that succeeds while a trial of that name waits for its end."""
    return f"( [ -e {_place(unit)}/undo ] && [ ! -e {_place(unit)}/claimed ] )"


def _undo_script(trial: Trial) -> str:
    return (
        f"export TRIAL={_place(trial.unit)}\n"
        'exec 9>>"$TRIAL.lock"; flock 9\n'
        '[ ! -e "$TRIAL/claimed" ] || exit 0\n'
        ': >"$TRIAL/claimed"\n'
        f'sh -ec {shlex.quote(trial.undo)} 9>&- && : >"$TRIAL/undone"'
    )


def _disarm(timer: str) -> str:
    return (
        f"systemctl stop {timer}.timer 2>/dev/null || :; "
        f"systemctl reset-failed {timer}.service 2>/dev/null || :"
    )


def _place(unit: str) -> str:
    return f"{FOLDER}/{unit}"


def _timer(unit: str) -> str:
    return f"infra-guard-{unit}"

"""Carries a trial out: kept only when a new connection to the host comes about in time."""

import time
from collections.abc import Callable

import gevent

from infra.guard import Trial, command
from infra.reboot import Line, Lost
from infra.wire import Answer

_ANSWER_SECONDS = 10.0
_MARGIN_SECONDS = 4.0
"""Left for keeping the change, or for undoing it, before the timer does."""
_FIRST_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 20.0
"""How long after the timer's end the host may take to be reached again."""


def tried(line: Line, *, trial: Trial, fresh: Callable[[], Line], lost: Lost) -> bool:
    """Whether the change was made and a new connection, made by `fresh`, then came about.

    If not, `line.wire.problem` says what was tried, what became of it and what to look at. `lost`
    are the errors of a connection that cannot be made.
    """
    started = time.monotonic()
    began = _said(line, command.begin(trial), lost=lost)
    if began is not None and began.status != 0:
        line.wire.problem = f"{trial.what} failed and were rolled back: {_words(began)}"
        return False
    until = started + trial.seconds - _MARGIN_SECONDS
    made = began is not None or _is_made(fresh, trial, until=until, lost=lost)
    proof = _reached(fresh, until=until, lost=lost) if made else None
    if proof is None:
        line.wire.problem = _rolled_back(line, trial, fresh=fresh, started=started, lost=lost)
        return False
    return _settled(line, proof, trial=trial, lost=lost)


def _is_made(fresh: Callable[[], Line], trial: Trial, *, until: float, lost: Lost) -> bool:
    """Whether the change was made before `until`: a connection made sooner would prove nothing."""
    applied = command.applied_command(trial.unit)
    witness = _reached(fresh, until=until, lost=lost, text=applied)
    if witness is not None:
        witness.close()
    return witness is not None


def _settled(line: Line, proof: Line, *, trial: Trial, lost: Lost) -> bool:
    kept = _said(proof, command.settle(trial), lost=lost)
    proof.close()
    if kept is not None and kept.status == 0:
        if _said(line, "true", lost=lost) is None:
            line.close()
        return True
    why = "the connection was lost" if kept is None else _words(kept)
    line.wire.problem = f"{trial.what} could not be kept: {why}; deploy again"
    return False


def _rolled_back(
    line: Line, trial: Trial, *, fresh: Callable[[], Line], started: float, lost: Lost
) -> str:
    """Undo over the old connection if it lives, else leave it to the timer; say what it came to."""
    told = f"{trial.what} let no new SSH connection in within {trial.seconds} s"
    undone = _said(line, command.undo(trial), lost=lost)
    if undone is not None and undone.status == 0:
        return f"{told} and were rolled back; {trial.look}"
    line.close()
    again = _reached(fresh, until=started + trial.seconds + _PATIENCE_SECONDS, lost=lost)
    if again is None:
        return f"{told}, nor does the host answer since; {trial.look}, from the host's console"
    undone = _said(again, command.undo(trial), lost=lost)
    again.close()
    if undone is not None and undone.status == 0:
        return f"{told} and the host rolled them back; {trial.look}"
    return f"{told} and may still hold; {trial.look}, then deploy again"


def _reached(
    fresh: Callable[[], Line], *, until: float, lost: Lost, text: str = "true"
) -> Line | None:
    """A new connection on which `text` succeeded before `until`; later, a rollback may help it."""
    pause = _FIRST_PAUSE_SECONDS
    while (left := until - time.monotonic()) > 0:
        line = fresh()
        try:
            with gevent.Timeout(left, TimeoutError):
                line.connect()
                if line.answer(text, seconds=_ANSWER_SECONDS).status == 0:
                    return line
        except lost:
            pass
        line.close()
        gevent.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause *= 2  # sshd shuts out for a while who fails often
    return None


def _said(line: Line, text: str, *, lost: Lost) -> Answer | None:
    try:
        return line.answer(text, seconds=_ANSWER_SECONDS)
    except lost:
        return None


def _words(answer: Answer) -> str:
    lines = answer.stderr.decode(errors="replace").split("\n")
    return " / ".join(line.strip() for line in lines if line.strip())[-400:] or "without a word"

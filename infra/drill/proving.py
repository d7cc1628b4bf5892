"""The end of a drill: its checks pass, it completes a token, and it gets requests again."""

import time

import gevent

from infra import compliance, rotator
from infra.drill.record import Checks
from infra.drill.work import OWNER, Drill, StageError
from infra.role import load
from infra.verdict import Verdict
from infra.wording import counted

_ADMISSION_SECONDS = 30.0
"""How long a balancer may take to find that the node may be in again."""
_PAUSE_SECONDS = 1.0
_ANSWER_SECONDS = 90.0


def check(drill: Drill) -> str:
    """Every check passes of the roles that it serves with; counts are kept."""
    report = compliance.run(
        [drill.node], inventory=drill.inventory, holder=drill.holder, listen=drill.listen
    )
    verdicts = [one for one in report.verdicts if load(one.role).gates]
    drill.running.checks = counted_checks(verdicts)
    bad = [one for one in verdicts if _counts(one)]
    if bad or not verdicts:
        raise StageError(_said(bad) if bad else f"{drill.node.name}: nothing was checked")
    return f"{drill.running.checks.passed} passed"


def counted_checks(verdicts: list[Verdict]) -> Checks:
    """How many of each word; a waived one is neither failed nor unproven."""
    words = [one.verdict for one in verdicts if one.verdict == "passed" or _counts(one)]
    return Checks(words.count("passed"), words.count("failed"), words.count("unproven"))


def first_token(drill: Drill) -> str:
    """What it serves completes a token, asked on the node itself."""
    for name, settings in drill.node.settings.items():
        part = load(name).part("serving")
        if part is not None:
            _await_token(
                drill, part.question(settings), seconds=float(part.patience(settings)), role=name
            )
    return ""


def bring_back(drill: Drill) -> str:
    """The drill's hold is lifted; the balancers send it requests unless others held it before."""
    node = drill.node.name
    if not drill.balancers or not rotator.known(node, drill.balancers.rotation()):
        return "no balancer knows it"
    drill.balancers.lift(node, owner=OWNER)
    deadline = time.monotonic() + _ADMISSION_SECONDS
    while True:
        views = rotator.views(node, drill.balancers.rotation())
        owners = {hold.owner for view in views for hold in view.holds}
        if all(view.state == "in" for view in views):
            return "gets requests"
        if owners and owners <= set(drill.running.held_before):
            return f"stays out: {_held(drill)}"
        if time.monotonic() > deadline:
            raise StageError(f"{node} is rebuilt, but stays out of rotation: {_held(drill)}")
        gevent.sleep(_PAUSE_SECONDS)


def _held(drill: Drill) -> str:
    seen = drill.balancers.rotation()
    return rotator.other_holds(drill.node.name, seen) or "the balancers do not say why"


def _await_token(drill: Drill, question: str, *, seconds: float, role: str) -> None:
    asked = drill.session(drill.node)
    asked.open()
    try:
        deadline = time.monotonic() + seconds
        while asked.run(question, seconds=_ANSWER_SECONDS).status != 0:
            if time.monotonic() > deadline:
                raise StageError(f"{drill.node.name}: {role} completes no token in {seconds:g} s")
            gevent.sleep(_PAUSE_SECONDS)
    finally:
        asked.close()


def _counts(one: Verdict) -> bool:
    return one.verdict != "passed" and not one.waived


def _said(bad: list[Verdict]) -> str:
    first = f"{bad[0].role}.{bad[0].check}: {bad[0].reason or bad[0].verdict}"
    more = len(bad) - 1
    return first if not more else f"{first} (and {counted(more, 'check')} more)"

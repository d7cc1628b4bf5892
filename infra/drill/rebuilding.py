"""The middle of a drill: the deploy of the bare node, each role a stage."""

from contextlib import AbstractContextManager
from typing import Any

from infra import fleet
from infra.cli_wave import wave
from infra.drill.meter import Meter
from infra.drill.record import Stage
from infra.drill.work import Drill, StageError
from infra.fleet import Deployed
from infra.outcome import OperationOutcome, RoleOutcome
from infra.progress import Lines, Recorded
from infra.progress_plain import Plain
from infra.questions import remembered
from infra.walk import Options

_SAID: dict[str, Any] = {"yes": True, "max_unavailable": None, "ignore_windows": True}
"""The node is out already, and who started the drill was asked."""
_FETCHES = ("Install ", "Pull ", "Fetch ", "Refresh ")
"""How operations begin that fetch something."""
_REBOOTS = ("Reboot ", "Boot ")
"""How operations begin that boot the host anew."""
_CONNECT_SECONDS = 60


def deploy(drill: Drill) -> str:
    """Every role of the node as promised; each is kept as a stage when it ends."""
    meter = Meter(lambda: drill.session(drill.node))
    meter.read()
    try:
        done = _deployed(drill, meter)
    finally:
        meter.close()
    if done.held:
        raise StageError("; ".join(done.held))
    (outcome,) = done.nodes
    if outcome.status != "ok":
        raise StageError(outcome.error or outcome.status)
    return ""


def stage_of(outcome: RoleOutcome, *, ended: float, received: int) -> Stage:
    """A role's stage; `ended` is in seconds since the drill began."""
    boots = [done for done in outcome.operations if done.changed and done.name.startswith(_REBOOTS)]
    fetched = [done for done in outcome.operations if done.name.startswith(_FETCHES)]
    return Stage(
        outcome.role,
        max(0.0, ended - outcome.seconds),
        outcome.seconds,
        kind="role",
        note="failed" if outcome.error is not None else "",
        received=received,
        fetching=_seconds(fetched),
        rebooting=_seconds(boots),
        reboots=len(boots),
    )


def _seconds(operations: list[OperationOutcome]) -> float:
    return sum(done.seconds for done in operations)


class _Kept(Recorded):
    """Events of the deploy; a role that ends is kept at once, for who takes the drill up."""

    def __init__(self, drill: Drill, meter: Meter, shown: Lines | Plain) -> None:
        super().__init__(shown, log=drill.ledger.log, echo=drill.hear if drill.verbose else None)
        self.drill, self.meter, self.last = drill, meter, drill.running.seconds

    def role(self, node: str, outcome: RoleOutcome) -> None:
        super().role(node, outcome)
        running = self.drill.running
        ended = running.seconds
        self.last = running.seconds
        if outcome.operations or outcome.error is not None:
            running.keep(stage_of(outcome, ended=ended, received=self.meter.read()))


def _deployed(drill: Drill, meter: Meter) -> Deployed:
    memory = remembered(drill.inventory)
    with _progress(drill) as shown:
        events = _Kept(drill, meter, shown)
        made = wave(
            drill.site,
            [drill.node],
            out=drill.out,
            shown=shown,
            said=_SAID,
            holder=drill.holder,
            accept_new=False,
            hear=events.exchange,
            note=events.note,
        )
        done = fleet.deploy(
            [drill.node],
            options=Options(connect_seconds=_CONNECT_SECONDS),
            events=events,
            memory=memory,
            wave=made,
            holder=drill.holder,
            inventory=str(drill.inventory),
        )
    memory.save()
    if done.held or any(one.status != "ok" for one in done.nodes):
        return done
    rest = drill.running.seconds - events.last
    drill.running.keep(Stage("gate", events.last, rest, note="judged before it may serve"))
    return done


def _progress(drill: Drill) -> AbstractContextManager[Lines | Plain]:
    if drill.out.is_terminal and not drill.verbose:
        return Lines(drill.out, [drill.node], title=f"drill of {drill.node.name}", roles=())
    return Plain(lambda line: drill.out.print(line, markup=False), [drill.node])

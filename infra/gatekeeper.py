"""A deployed node's gate: judged before it serves again, and left on the node.

Where nothing balances there is no gate: nobody could keep requests from a node.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date

from infra import gate
from infra.gate import Gate, Standing
from infra.node_state import digest
from infra.outcome import NodeOutcome
from infra.role import load
from infra.session import NoAnswerError, Session
from infra.stage import FAILURES, connected
from infra.transport import Connector
from infra.verdict import Verdict
from infra.walk import Walk, said

_SECONDS = 20.0


def shut(walk: Walk) -> str | None:
    """Why a node that comes back may not serve, judged now; None when it may.

    A deploy of some roles alone judges those. Of a node that is proven for this boot and this lock
    the roles are judged that changed something or serve.
    """
    if not _concerns(walk):
        return None
    walk.gate = _judged(walk)
    return None if walk.gate.open else _kept_out(walk, walk.gate.why)


def fallen_short(walk: Walk) -> str | None:
    """Why a node may not serve whose deploy failed, and that answers; None when it may.

    As it was before, or went back to be, it may in the boot for which it was proven.
    """
    if not _concerns(walk):
        return None
    if walk.wire.rebooted:
        return "it booted anew, and is not what it is promised"
    changed = [done.role for done in walk.roles if done.changed]
    if not changed or any(done.went_back_to is not None for done in walk.roles):
        return None
    return _kept_out(walk, f"{', '.join(changed)} changed, and the deploy did not end well")


def left_shut(walk: Walk) -> str | None:
    """Why a node may not serve that was not judged on its way back; None when it may.

    It is judged only where its gate is not open already, for its boot and what it is promised.
    """
    if not _concerns(walk) or walk.options.roles or walk.gate is not None:
        return None
    if not walk.wire.rebooted and walk.standing.admits(lock=digest(walk.node.settings)):
        return None
    return shut(walk)


def settled(walk: Walk, outcome: NodeOutcome) -> NodeOutcome:
    """The outcome of a node whose deploy ended well; what it is promised may be new to its gate.

    One that serves is left in; one that does not has failed when its gate stays shut.
    """
    why = left_shut(walk)
    if why is None:
        return outcome
    if walk.node.name not in walk.wave.serving:
        return replace(outcome, status="failed", error=f"{walk.node.name} may not serve: {why}")
    told = f"{walk.node.name} serves on, but stays out of rotation after its next boot: {why}"
    return replace(outcome, remarks=(*outcome.remarks, told))


def _concerns(walk: Walk) -> bool:
    return bool(walk.wave.balancing) and any(_serves(role) for role in walk.node.settings)


def _touched(walk: Walk) -> set[str]:
    changed = {done.role for done in walk.roles if done.changed}
    return changed | {role for role in walk.node.settings if _serves(role)}


def _serves(role: str) -> bool:
    return load(role).part("serving") is not None


def _judged(walk: Walk) -> Gate:
    walk.at = "judging whether it may serve"
    lock = digest(walk.node.settings)
    try:
        return _asked(walk)
    except NoAnswerError as problem:
        why = str(problem)
    except FAILURES as problem:
        why = said(walk, problem)
    return Gate(boot_id="", lock=lock, open=False, why=f"it could not be judged: {why}")


def _kept_out(walk: Walk, why: str) -> str:
    """Why a node is kept out; a gate that an earlier proof opened is shut, or watches let it in."""
    with suppress(NoAnswerError, *FAILURES), _session(walk) as session:
        there = _standing(session).gate
        if there is not None and there.open:
            session.leave_gate(replace(there, open=False, why=why))
    return why


@contextmanager
def _session(walk: Walk) -> Iterator[Session]:
    with connected(walk.node.name, walk.data, wire=walk.wire) as (_, host):
        if not isinstance(host.connector, Connector):
            raise TypeError(f"{walk.node.name}: not reached over SSH")
        yield Session.over(host.connector, node=walk.node)


def _standing(session: Session) -> Standing:
    stood = session.run(gate.standing_command(), seconds=_SECONDS).stdout
    return gate.parse(stood.decode(errors="replace"))


def _asked(walk: Walk) -> Gate:
    node = walk.node
    with _session(walk) as session:
        standing = _standing(session)
        known = standing.admits(lock=digest(node.settings))
        touched = _touched(walk) if known else None
        verdicts = walk.bench.judged(node.name, asked=session, roles=touched)
        left = gate.of_check(
            verdicts,
            node=node,
            standing=standing,
            whole=not (walk.options.roles or known),
            today=date.today(),
            by_deploy=True,
        )
        if left is not None and not session.leave_gate(left):
            return replace(left, open=False, why="; ".join(session.remarks))
    return left or _of_some(verdicts, walk=walk, standing=standing)


def _of_some(verdicts: Sequence[Verdict], *, walk: Walk, standing: Standing) -> Gate:
    """What the checks of some roles come to; where these have none, nothing speaks against it."""
    found = gate.judged(
        verdicts,
        waivers=walk.node.waivers,
        today=date.today(),
        boot_id=standing.boot_id,
        lock=digest(walk.node.settings),
    )
    return replace(found, open=found.open or found.why == gate.NOTHING)

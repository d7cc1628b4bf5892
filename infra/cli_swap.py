"""`infra swap`: a spare takes a node's place, for a while or in a rehearsal."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from infra import report_swap, swap_proof
from infra import swap as swaps
from infra.balancers import BalancerError
from infra.cli import FAILED, OK
from infra.cli_desk import Desk, desk
from infra.cli_options import basic, stop
from infra.holder import me
from infra.report_swap import Timed
from infra.rotation import Told
from infra.session import Session
from infra.swap_proof import Proof


@click.command()
@basic
@click.argument("dead")
@click.argument("spare", required=False)
@click.option("--rehearse", is_flag=True, help="Do it, prove it, and undo it.")
@click.option("--back", is_flag=True, help="Undo it: the spare stands by again.")
def swap(
    inventory: Path,
    dead: str,
    spare: str | None,
    rehearse: bool,
    back: bool,
    **given: Any,  # noqa: ANN401
) -> None:
    """Have a SPARE take the place of the node DEAD, which gets no request any more."""
    if (spare is None and not back) or (back and rehearse):
        stop("name the spare as well: infra swap INVENTORY DEAD SPARE; or --back alone, to undo it")
    with desk(inventory, command="swap", given=given) as at:
        if back or spare is None:
            _back(at, dead, spare)
        _swap(at, dead, spare, rehearse=rehearse)


def _back(at: Desk, dead: str, spare: str | None) -> NoReturn:
    found = swaps.in_place_of(dead, told=at.balancers.told())
    if found is None and not at.serves(dead):
        at.refuse_unknown(dead)
    if found is not None and spare not in (None, found):
        stop(f"{spare}: {found} is what serves in the place of {dead}")
    seconds = _timed(lambda: at.balancers.unswap(dead)) if found is not None else 0.0
    owners = swaps.kept_out(dead, told=at.balancers.told())
    lines = report_swap.back(dead, found, seconds, owners=owners)
    at.end(lines, code=OK, node=dead, spare=found, back_seconds=round(seconds, 3), held_by=owners)


def _swap(at: Desk, dead: str, spare: str, *, rehearse: bool) -> NoReturn:
    spares = [node.name for node in at.site.nodes if node.spare]
    wrong = swaps.misfit(dead, spare, pools=at.pools, spares=spares)
    if wrong is not None:
        stop(wrong)
    told = at.balancers.told()
    was = swaps.swapped(dead, spare, told=told)
    if rehearse and was:
        stop(f"{spare} serves in the place of {dead} already; nothing is left to rehearse")
    why = swaps.unready(dead, spare, told=told)
    with _prover(at, dead, spare) as prove:
        _refuse(at, dead, spare, why or prove().problem)
        seconds, proof, took_back = _done(at, dead, spare, prove, was=was, rehearse=rehearse)
    if proof.problem:
        if not rehearse and not was:
            at.balancers.unswap(dead)
        _refuse(at, dead, spare, proof.problem, undone=not was)
    timed = Timed(seconds, proof.seconds, took_back)
    _tell(at, dead, spare, timed, told=told, was=was)


def _done(
    at: Desk, dead: str, spare: str, prove: Callable[[], Proof], *, was: bool, rehearse: bool
) -> tuple[float, Proof, float | None]:
    """Seconds of the swap, its proof, and seconds of the way back; a rehearsal always goes back."""
    took_back = None
    try:
        seconds = 0.0 if was else _timed(lambda: _put(at, dead, spare))
        proof = prove()
    finally:
        if rehearse:
            took_back = _undone(at, dead)
    return seconds, proof, took_back


def _tell(
    at: Desk, dead: str, spare: str, timed: Timed, *, told: Mapping[str, Told], was: bool
) -> NoReturn:
    rehearsed = timed.back is not None
    lines = (
        report_swap.rehearsed(dead, spare, timed)
        if rehearsed
        else report_swap.swapped(dead, spare, timed, on=list(told), inventory=at.inventory, was=was)
    )
    at.end(
        lines,
        code=OK,
        node=dead,
        spare=spare,
        rehearsed=rehearsed,
        swap_seconds=round(timed.swap, 3),
        first_token_seconds=round(timed.first_token, 3),
        back_seconds=None if timed.back is None else round(timed.back, 3),
    )


def _refuse(at: Desk, dead: str, spare: str, why: str, *, undone: bool = False) -> None:
    if why:
        lines = report_swap.failed(dead, spare, why, undone=undone)
        at.end(lines, code=FAILED, node=dead, spare=spare, error=why)


def _put(at: Desk, dead: str, spare: str) -> None:
    at.balancers.swap(dead, spare, by=me(f"infra swap {at.inventory}").person)


def _undone(at: Desk, dead: str) -> float:
    """Seconds of the way back; it is tried once more, for a rehearsal must leave nothing."""
    started = time.monotonic()
    try:
        at.balancers.unswap(dead)
    except BalancerError:
        at.balancers.unswap(dead)
    return time.monotonic() - started


def _timed(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started


@contextmanager
def _prover(at: Desk, dead: str, spare: str) -> Iterator[Callable[[], Proof]]:
    """What asks the spare for a token of the model that it is to serve, on each balancer."""
    [node] = [one for one in at.site.nodes if one.name == spare]
    model = next(model for model, members in at.pools.items() if dead in members)
    sessions = [(one.name, Session(one)) for one in at.balancers.nodes]
    try:
        for _, session in sessions:
            session.open()
        yield lambda: swap_proof.prove(node, model=model, sessions=sessions)
    finally:
        for _, session in sessions:
            session.close()

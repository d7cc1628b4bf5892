"""Arguments of infra-rotation."""

import argparse
from typing import TYPE_CHECKING

from roles.load_balancer.program.members import MEMBERS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def parser() -> argparse.ArgumentParser:
    """What is understood on the command line."""
    found = argparse.ArgumentParser(
        prog="infra-rotation", description="Who of this balancer's nodes gets requests."
    )
    found.add_argument("--members", default=MEMBERS, help="the file of members (%(default)s)")
    commands = found.add_subparsers(dest="command", required=True)
    _holds(commands)
    _canaries(commands)
    _swaps(commands)
    commands.add_parser("apply", help="take up a changed file of members")
    commands.add_parser("verify", help="exit 1 when nginx does not run with members and holds")
    commands.add_parser("restore", help="take back the last state that nginx had taken up")
    return found


def _holds(commands: "Commands") -> None:
    shown = commands.add_parser("show", help="every node's state, holds, requests under way")
    shown.add_argument("--probe", action="store_true", help="ask each node for its health")
    held = commands.add_parser("hold", help="a node gets nothing new until its holds are lifted")
    for option in ("--owner", "--reason", "--by"):
        held.add_argument(option, required=True)
    held.add_argument("--keep", type=int, default=0, help="others that must stay in, or exit 3")
    settled = commands.add_parser("settle", help="wait until a held node has nothing under way")
    settled.add_argument("--seconds", type=float, required=True)
    lifted = commands.add_parser("lift", help="lift an owner's hold")
    lifted.add_argument("--owner", required=True)
    for one in (held, settled, lifted):
        one.add_argument("node")


def _canaries(commands: "Commands") -> None:
    canary = commands.add_parser("canary", help="a node that gets a share of its model's requests")
    verbs = canary.add_subparsers(dest="verb", required=True)
    made = verbs.add_parser("set", help="it leaves its pool and gets a share")
    made.add_argument("--share", type=float, required=True, help="percent, 0.01 to 100")
    made.add_argument("--endpoint", action="append", default=[], help="only of requests there")
    promoted = verbs.add_parser("promote", help="it is one of its pool again")
    aborted = verbs.add_parser("abort", help="it gets nothing: it is held by `canary`")
    aborted.add_argument("--reason", required=True)
    for one in (made, promoted, aborted):
        one.add_argument("node")
        one.add_argument("--by", required=True)


def _swaps(commands: "Commands") -> None:
    swapped = commands.add_parser("swap", help="a spare serves in the place of a dead node")
    swapped.add_argument("dead")
    swapped.add_argument("spare")
    swapped.add_argument("--by", required=True)
    back = commands.add_parser("unswap", help="the spare stands by again, the node serves")
    back.add_argument("dead")

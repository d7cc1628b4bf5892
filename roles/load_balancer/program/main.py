"""The command line of infra-rotation: JSON on standard output, a sentence when it fails."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from roles.load_balancer.program.commands import (
    apply,
    hold,
    lift,
    need_known,
    restore,
    show,
    verify,
)
from roles.load_balancer.program.files import Failed
from roles.load_balancer.program.members import MEMBERS, Members, members_at
from roles.load_balancer.program.settling import settle
from roles.load_balancer.program.state import state_at


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0, 1 the sentence says what is in force, 2 usage or unknown node, 3 --keep."""
    given = _parser().parse_args(arguments)
    try:
        said = _done(given, members_at(given.members))
    except Failed as problem:
        return _told(str(problem), status=problem.status)
    except OSError as problem:
        return _told(f"{problem}; nothing was changed", status=1)
    except KeyboardInterrupt:
        return _told("interrupted; the same command takes up where it stopped", status=1)
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _done(given: argparse.Namespace, members: Members) -> dict[str, Any]:
    if given.command == "show":
        return show(members, probe=given.probe)
    if given.command == "hold":
        by = {"owner": given.owner, "reason": given.reason, "by": given.by}
        return hold(members, given.node, keep_in=given.keep, **by)
    if given.command == "settle":
        need_known(members, state_at(members.state), given.node)
        return settle(members, given.node, seconds=given.seconds)
    if given.command == "lift":
        return lift(members, given.node, owner=given.owner)
    return {"apply": apply, "restore": restore, "verify": verify}[given.command](members)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="infra-rotation", description="Who of this balancer's nodes gets requests."
    )
    parser.add_argument("--members", default=MEMBERS, help="the file of members (%(default)s)")
    commands = parser.add_subparsers(dest="command", required=True)
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
    commands.add_parser("apply", help="take up a changed file of members")
    commands.add_parser("verify", help="exit 1 when nginx does not run with members and holds")
    commands.add_parser("restore", help="take back the last state that nginx had taken up")
    return parser


def _told(sentence: str, *, status: int) -> int:
    sys.stderr.write(f"infra-rotation: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

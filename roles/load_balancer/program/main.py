"""The command line of infra-rotation: JSON on standard output, a sentence when it fails."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from roles.load_balancer.program.arguments import parser
from roles.load_balancer.program.canaries import abort_canary, promote_canary, set_canary
from roles.load_balancer.program.commands import apply, hold, lift, need_known, restore, verify
from roles.load_balancer.program.files import Failed
from roles.load_balancer.program.members import Members, members_at
from roles.load_balancer.program.settling import settle
from roles.load_balancer.program.showing import show
from roles.load_balancer.program.state import state_at
from roles.load_balancer.program.swaps import swap, unswap

Said = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Exit status: 0, 1 the sentence says what is in force, 2 usage or unknown node, 3 refused."""
    given = parser().parse_args(arguments)
    try:
        said = _COMMANDS[given.command](members_at(given.members), given)
    except Failed as problem:
        return _told(str(problem), status=problem.status)
    except OSError as problem:
        return _told(f"{problem}; nothing was changed", status=1)
    except KeyboardInterrupt:
        return _told("interrupted; the same command takes up where it stopped", status=1)
    sys.stdout.write(json.dumps(said) + "\n")
    return 0


def _hold(members: Members, given: argparse.Namespace) -> Said:
    by = {"owner": given.owner, "reason": given.reason, "by": given.by}
    return hold(members, given.node, keep_in=given.keep, **by)


def _settle(members: Members, given: argparse.Namespace) -> Said:
    need_known(members, state_at(members.state), given.node)
    return settle(members, given.node, seconds=given.seconds)


def _canary(members: Members, given: argparse.Namespace) -> Said:
    if given.verb == "set":
        what = {"share": given.share, "endpoints": given.endpoint}
        return set_canary(members, given.node, by=given.by, **what)
    if given.verb == "abort":
        return abort_canary(members, given.node, reason=given.reason, by=given.by)
    return promote_canary(members, given.node)


_COMMANDS: dict[str, Callable[[Members, argparse.Namespace], Said]] = {
    "show": lambda members, given: show(members, probe=given.probe),
    "hold": _hold,
    "settle": _settle,
    "lift": lambda members, given: lift(members, given.node, owner=given.owner),
    "canary": _canary,
    "swap": lambda members, given: swap(members, given.dead, given.spare, by=given.by),
    "unswap": lambda members, given: unswap(members, given.dead),
    "apply": lambda members, given: apply(members),
    "restore": lambda members, given: restore(members),
    "verify": lambda members, given: verify(members),
}


def _told(sentence: str, *, status: int) -> int:
    sys.stderr.write(f"infra-rotation: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What is known of a node lies on the node: who deploys it, its last deploy, its last verdicts."""

import hashlib
import json
import shlex
from collections.abc import Mapping, Sequence
from importlib import metadata

from infra.holder import Holder, parse
from infra.keeper import PID
from infra.outcome import NodeOutcome
from infra.role import Settings
from infra.verdict import Verdict, count

FOLDER = "/var/lib/infra"
"""Where it lies; root's, readable for all, without secrets."""
LAST_CHECK = "last_check.json"
GATE = "gate.json"
"""Whether the node may serve: see gate.py."""
PROMISED = "promised.json"
"""The lock of the last whole deploy that took the node."""
_BEFORE = "promised.json.before"


def deployed(
    outcome: NodeOutcome,
    *,
    settings: Mapping[str, Settings],
    inventory: str,
    holder: Holder,
) -> str:
    """One line of JSON about a node's last deploy; `seconds` are wall time."""
    return json.dumps(
        {
            "inventory": inventory,
            "status": outcome.status,
            "error": outcome.error,
            "by": holder.user,
            "host": holder.host,
            "started": holder.since,
            "seconds": round(outcome.seconds, 3),
            "infra": metadata.version("infra"),
            "lock": digest(settings),
            "roles": {done.role: {"changed": done.changed} for done in outcome.roles},
            "rebooted": list(outcome.rebooted),
        }
    )


def promised(settings: Mapping[str, Settings], *, inventory: str, holder: Holder) -> str:
    """One line of JSON about what a whole deploy is about to make of a node."""
    return json.dumps(
        {
            "lock": digest(settings),
            "inventory": inventory,
            "by": holder.user,
            "host": holder.host,
            "since": holder.since,
        }
    )


def digest(settings: Mapping[str, Settings]) -> str:
    """Digest of everything that a node is promised; secrets are in it as references only."""
    plain = {role: kept.model_dump(mode="json") for role, kept in settings.items()}
    return "sha256:" + hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def checked(
    verdicts: Sequence[Verdict],
    *,
    inventory: str,
    holder: Holder,
    roles: Sequence[str] | None,
    boot_id: str = "",
    lock: str = "",
) -> str:
    """One line of JSON about a node's last check; `roles` are those asked for, None: all.

    `lock` is the digest of what it was judged by.
    """
    return json.dumps(
        {
            "inventory": inventory,
            "by": holder.user,
            "host": holder.host,
            "started": holder.since,
            "infra": metadata.version("infra"),
            "boot_id": boot_id,
            "lock": lock,
            "roles": None if roles is None else list(roles),
            "passed": count(verdicts, "passed"),
            "failed": count(verdicts, "failed"),
            "unproven": count(verdicts, "unproven"),
            "waived": count(verdicts, "waived"),
            "verdicts": [
                {
                    "role": verdict.role,
                    "check": verdict.check,
                    "verdict": verdict.verdict,
                    "reason": verdict.reason,
                    "waived": verdict.waived,
                }
                for verdict in verdicts
            ],
        }
    )


def held_command(folder: str = FOLDER) -> str:
    """Shell text that prints who deploys the node now; nothing when nobody does.

    It looks whether the keeper has the lock open; trying the lock could stop one that takes it.
    """
    lock, holder = shlex.quote(f"{folder}/deploying.lock"), shlex.quote(f"{folder}/deploying.json")
    keeper = f"$(sed -n {shlex.quote(PID)} {holder} 2>/dev/null)"
    return f"[ /proc/{keeper}/fd/9 -ef {lock} ] && cat {holder} || true"


def leave_command(name: str, *, folder: str = FOLDER) -> str:
    """Shell text that puts its standard input into a file of that name, by rename."""
    at, new = shlex.quote(folder), shlex.quote(f".{name}.XXXXXX")
    return (
        f"umask 022; mkdir -p {at} && t=$(mktemp -p {at} {new}) && trap 'rm -f \"$t\"' EXIT && "
        f'cat >"$t" && chmod 644 "$t" && sync "$t" && mv -fT "$t" {at}/{shlex.quote(name)}'
    )


def promise_command(folder: str = FOLDER) -> str:
    """Shell text that puts its standard input down as what the node is promised from now on."""
    now, before = (shlex.quote(f"{folder}/{name}") for name in (PROMISED, _BEFORE))
    kept = f"{{ rm -f {before}; [ ! -e {now} ] || ln {now} {before}; }}"
    return f"{kept} && {leave_command(PROMISED, folder=folder)}"


def take_back_command(folder: str = FOLDER) -> str:
    """Shell text after which the node is promised what it was before the last promise."""
    now, before = (shlex.quote(f"{folder}/{name}") for name in (PROMISED, _BEFORE))
    return f"if [ -e {before} ]; then mv -f {before} {now}; else rm -f {now}; fi"


def half_done(node: str, said: str) -> str | None:
    """What an answer to `held_command` means for a check's verdicts; None: nobody deploys."""
    if not said.strip():
        return None
    holder = parse(said)
    by = f"{holder.who} since {holder.when}" if holder is not None else "somebody"
    return f"{node} is being deployed by {by}: its verdicts may be of a node half done"

"""Who is at a node: a person, a machine, a process, and what they run; plain values."""

import getpass
import json
import os
import socket
from dataclasses import asdict, dataclass
from datetime import datetime, timezone


@dataclass(frozen=True)
class Holder:
    """Who deploys: `since` is UTC by the control host's clock, ISO 8601, and only shown."""

    user: str
    host: str
    pid: int
    since: str
    command: str

    @property
    def person(self) -> str:
        """Person and machine, `mara@laptop`."""
        return f"{self.user}@{self.host}"

    @property
    def who(self) -> str:
        """Person, machine and process, for a sentence."""
        return f"{self.person} (pid {self.pid})"

    @property
    def when(self) -> str:
        """Since when, for a sentence: the time of day, with the date when that is another one."""
        day, _, time = self.since.partition("T")
        today = f"{datetime.now(timezone.utc):%Y-%m-%d}"
        return f"{time[:5]} UTC" if day == today else f"{day} {time[:5]} UTC"

    def as_json(self, *, lease: str) -> str:
        """One line of JSON for the node; `lease` tells this holder's leases from all others."""
        return json.dumps({**asdict(self), "id": lease})


def me(command: str) -> Holder:
    """This process, running a command as people would type it; behind sudo, who called it."""
    return Holder(
        user=os.environ.get("SUDO_USER") or _login(),
        host=socket.gethostname(),
        pid=os.getpid(),
        since=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        command=command,
    )


def parse(text: str) -> Holder | None:
    """The holder that a node tells of; None when it tells of none, or it cannot be read."""
    try:
        said = json.loads(text)
        return Holder(
            user=str(said["user"]),
            host=str(said["host"]),
            pid=int(said["pid"]),
            since=str(said["since"]),
            command=str(said["command"]),
        )
    except (ValueError, TypeError, KeyError):
        return None


def held(by: Holder | None, *, node: str) -> str:
    """Why a node is not deployed: somebody is at it."""
    if by is None:
        return f"somebody is deploying {node}; wait for it"
    at = f"{by.who} has been deploying {node} since {by.when} ({by.command})"
    return f"{at}; wait for it, or stop it there"


def gone(by: Holder | None, *, node: str, busy: str = "") -> str:
    """What is said of a holder that is gone; `busy` are programs it may have left at work."""
    if by is None:
        return f"{node}: a deploy that did not end was taken over"
    at = f"{by.who} began to deploy {node} at {by.when} ({by.command}) and is gone: taken over"
    return f"{at}; at work there still: {busy}" if busy else at


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without an entry, as in containers
        return f"uid {os.getuid()}"

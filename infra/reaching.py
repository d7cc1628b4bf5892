"""How a host is reached: jump hosts held as strictly as their target, advice where a key is new.

Imports pyinfra because it replaces the SSH client that pyinfra makes for a host and for each hop.
"""

import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.local import local
from pyinfra.api.exceptions import ConnectError
from pyinfra.connectors import ssh
from pyinfra.connectors.sshuserclient import client as sshuserclient
from pyinfra.connectors.sshuserclient.client import SSHClient, get_host_keys


class _Hops(local):  # type: ignore[misc]  # gevent has no types
    policy = "yes"


_hops = _Hops()


class StrictClient(SSHClient):
    """pyinfra asks about a jump host's unknown key; it is treated like its target's instead."""

    def connect(self, hostname: str, **given: Any) -> None:  # type: ignore[override]  # noqa: ANN401
        """Connect, under the policy of the connection that is being made."""
        if given.get("_pyinfra_ssh_strict_host_key_checking") is None:
            given["_pyinfra_ssh_strict_host_key_checking"] = _hops.policy
        super().connect(hostname, **given)  # type: ignore[no-untyped-call]


ssh.SSHClient = sshuserclient.SSHClient = StrictClient  # type: ignore[misc, attr-defined]


def expect(policy: str) -> None:
    """Treat the keys of this greenlet's next hops by a policy; pinned keys are read afresh."""
    get_host_keys.cache.clear()
    _hops.policy = policy


_AGAIN_SECONDS = 10.0


def advised(problem: ConnectError, *, known_hosts: str) -> ConnectError:
    """What to say of a connection that was not made; of a new host key, what to do."""
    if "No host key for" not in str(problem):
        return problem
    advice = f"{problem}; compare it on the host, then pin it in {known_hosts}"
    return ConnectError(f"{advice} with --accept-new-host-keys")


def again(connect: Callable[[], None]) -> None:
    """Connect to a host that was reached before; an sshd that restarts refuses for a moment."""
    deadline = time.monotonic() + _AGAIN_SECONDS
    while True:
        try:
            return connect()
        except ConnectError as problem:
            refused = isinstance(problem.__context__, OSError | EOFError)
            if not refused or time.monotonic() > deadline:
                raise
            gevent.sleep(0.5)

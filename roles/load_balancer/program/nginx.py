"""nginx: judged, reloaded, and known to have taken up what is on disk."""

import os
import re
import signal
import socket
import subprocess  # noqa: TID251 - this runs on the balancer, not beside pyinfra
import time
from collections.abc import Iterator
from contextlib import suppress

from roles.load_balancer.program.files import Failed, text_of
from roles.load_balancer.program.members import Members

_PATIENCE_SECONDS = 10.0
_DIGEST = re.compile(r"[0-9a-f]{16}")


def judge(members: Members, *, seconds: float = 60.0) -> None:
    """Failed, with nginx's words, when it does not take what is on disk, or does not say so."""
    test = members.test
    try:
        done = subprocess.run(test, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as problem:
        raise Failed(f"{' '.join(test)} did not end within {seconds:g} s") from problem
    if done.returncode:
        raise Failed(f"nginx does not take it: {without_keys(done.stderr).strip()}")


def without_keys(said: str) -> str:
    """nginx's words without what it quotes of a file of keys."""
    lines = said.splitlines()
    return "\n".join(
        re.sub('".*"', '"…"', line) if "infra-keys" in line else line for line in lines
    )


def master_of(members: Members) -> int | None:
    """Process id of nginx's master; None when it does not run."""
    text = (text_of(members.pid) or "").strip()
    named = text.isdigit() and _title(int(text)).startswith("nginx: master process")
    return int(text) if named else None


def workers_of(master: int | None) -> dict[int, bool]:
    """Its workers' process ids, and whether they still accept connections."""
    if master is None:
        return {}
    titles = {pid: _title(pid) for pid in _children(master)}
    return {
        pid: "is shutting down" not in title
        for pid, title in titles.items()
        if title.startswith("nginx: worker process")
    }


def running_digest(members: Members) -> str | None:
    """Digest of the upstreams that nginx runs with; None when it does not run with ours."""
    for _ in range(3):  # a busy one may let a question wait, or close it
        status, body = asked("127.0.0.1", members.status_port, path="/rotation", seconds=2.0)
        if status:
            break
    return body if status == 200 and _DIGEST.fullmatch(body) else None


def reload(members: Members, *, digest: str) -> None:
    """Returns when no worker accepts connections any more that has not taken up `digest`."""
    master = master_of(members)
    if master is None:
        return  # it starts with what is on disk
    old = {pid for pid, accepts in workers_of(master).items() if accepts}
    os.kill(master, signal.SIGHUP)
    end = time.monotonic() + _PATIENCE_SECONDS
    while not _taken_up(members, old=old, digest=digest):
        if time.monotonic() >= end:
            raise Failed(
                f"nginx goes on with its old configuration after {_PATIENCE_SECONDS:.0f} s "
                "(/var/log/nginx/error.log says why)"
            )
        time.sleep(0.02)


def asked(address: str, port: int, *, path: str, seconds: float) -> tuple[int, str]:
    """Status and body of a GET; status 0 when there is no answer in time."""
    request = f"GET {path} HTTP/1.0\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    end = time.monotonic() + seconds
    try:
        with socket.create_connection((address, port), timeout=seconds) as line:
            line.sendall(request.encode())
            head, _, body = b"".join(_received(line, end=end)).partition(b"\r\n\r\n")
        return int(head.split(None, 2)[1]), body.decode(errors="replace").strip()
    except (OSError, ValueError, IndexError):
        return 0, ""


def _received(line: socket.socket, *, end: float) -> Iterator[bytes]:
    while data := line.recv(65536):
        if time.monotonic() >= end:
            raise TimeoutError  # it says a little from time to time, and never all
        yield data


def _taken_up(members: Members, *, old: set[int], digest: str) -> bool:
    accepting = {pid for pid, accepts in workers_of(master_of(members)).items() if accepts}
    return bool(accepting - old) and not accepting & old and running_digest(members) == digest


def _children(master: int) -> list[int]:
    listed = text_of(f"/proc/{master}/task/{master}/children")
    if listed is not None:
        return [int(pid) for pid in listed.split()]
    # a kernel without that list
    return [int(pid) for pid in os.listdir("/proc") if pid.isdigit() and _parent(pid) == master]


def _parent(pid: str) -> int | None:
    with suppress(OSError):
        stat = text_of(f"/proc/{pid}/stat") or ""
        return int(stat.rpartition(")")[2].split()[1]) if stat else None
    return None


def _title(pid: int) -> str:
    try:
        return (text_of(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()
    except OSError:  # it ended while we were reading
        return ""

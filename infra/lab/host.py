"""One lab host: made from its base, started, stopped, made anew."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from infra.files import write_atomic
from infra.lab import cgroups, dress, mounts, network, place, process
from infra.lab.machine import HARDWARE, PAYLOAD
from infra.lab.shell import LabError
from infra.lab.spec import LabHost

STOP_SECONDS = 4.0
"""How long a host may take to shut down before it is ended."""
READY_SECONDS = 60.0
"""How long a host may take until it takes logins."""

_NSPAWN_ENVIRONMENT = {
    "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "yes",
    "SYSTEMD_NSPAWN_API_VFS_WRITABLE": "network",
}
_DATA = {"docker": "/var/lib/docker", "containerd": "/var/lib/containerd"}
"""Folders that need a file system other than an overlay, by where they are kept."""


def folder(name: str) -> Path:
    """Where all of a host lies, on memory."""
    return place.HOSTS / name


def made(name: str) -> LabHost | None:
    """The host that was made under a name; None when there is none, or only a part of one."""
    try:
        return LabHost.model_validate_json((folder(name) / "host.json").read_text())
    except (OSError, ValidationError):
        return None


def names() -> tuple[str, ...]:
    """Hosts that exist, running or not."""
    return tuple(sorted(path.name for path in place.HOSTS.glob("*") if path.is_dir()))


def is_running(name: str) -> bool:
    """Whether the host is up, or on its way through a reboot."""
    return process.alive(folder(name) / "pid")


def make(host: LabHost, *, base: Path, login_key: str, ca: str | None) -> str:
    """Make a bare host from a base; gives its public SSH host key. What was there before goes.

    It counts as made once `finish` was called: an interrupted one is made again from the start.
    """
    remove(host.name)
    where = folder(host.name)
    for name in ("hardware", *_DATA):
        (where / name).mkdir(parents=True)
    (where / "base").write_text(f"{base}\n")
    _overlay_up(host.name)
    return dress.dress(host, where / "root", login_key=login_key, ca=ca)


def finish(host: LabHost) -> None:
    """Record that a host is wholly made: its files, its hardware, its pinned key."""
    write_atomic(folder(host.name) / "host.json", host.model_dump_json(indent=1))


def start(name: str) -> None:
    """Boot a host that is made and not running; its network must be there."""
    cgroups.kill(name)
    cgroups.remove(name)
    groups = cgroups.make(name)
    _overlay_up(name)
    where = folder(name)
    keeper = where / "supervise.sh"
    shutil.copy(PAYLOAD / "supervise.sh", keeper)
    command = ["bash", str(keeper), ":".join(map(str, groups)), *_nspawn(name)]
    process.launch(where / "pid", command=command, log=where / "log")


def stop(name: str) -> None:
    """Shut a host down in order, or end it after STOP_SECONDS; its files stay."""
    process.stop(folder(name) / "pid", timeout=STOP_SECONDS)
    cgroups.kill(name)
    cgroups.remove(name)
    _forget(Path("/run/systemd/nspawn/propagate") / name)


def remove(name: str) -> None:
    """Stop a host and remove all that it was."""
    stop(name)
    mounts.unmount(folder(name))
    shutil.rmtree(folder(name), ignore_errors=True)


def wait_ready(hosts: Sequence[LabHost]) -> None:
    """Return once every host takes logins; LabError with the place of its log when one does not."""
    until = time.monotonic() + READY_SECONDS
    for host in hosts:
        while not _takes_logins(host.name):
            if time.monotonic() > until or not is_running(host.name):
                raise LabError(
                    f"{host.name} did not come up; its last words are in "
                    f"{folder(host.name) / 'log'}. `infra lab reset {host.name}` makes it anew"
                )
            time.sleep(0.05)


def _takes_logins(name: str) -> bool:
    """Whether sshd listens and the host no longer turns users away because it boots.

    Asked of its files: knocking on a recent sshd again and again gets an address shut out.
    """
    pid = cgroups.leader(name)
    if pid is None:
        return False
    run = Path(f"/proc/{pid}/root/run")
    try:
        return (run / "sshd.pid").exists() and not (run / "nologin").exists()
    except OSError:
        return False


def _overlay_up(name: str) -> None:
    where = folder(name)
    lower = Path((where / "base").read_text().strip())
    mounts.overlay_up(where / "root", lower=lower, upper=where / "upper", work=where / "work")


def _nspawn(name: str) -> list[str]:
    where = folder(name)
    options = {
        "directory": where / "root",
        "machine": name,
        "network-namespace-path": network.NAMESPACES / network.namespace_of(name),
        "register": "no",
        "link-journal": "no",
        "console": "pipe",
        "resolv-conf": "off",
        "timezone": "off",
        "capability": "CAP_NET_ADMIN",
        "system-call-filter": "bpf @keyring",
        "bind-ro": f"{where / 'hardware'}:{HARDWARE}",
    }
    words = [f"--{name}={value}" for name, value in options.items()]
    words += [f"--bind={where / kept}:{path}" for kept, path in _DATA.items()]
    environment = [f"{name}={value}" for name, value in _NSPAWN_ENVIRONMENT.items()]
    return ["env", *environment, "systemd-nspawn", "--quiet", "--boot", "--keep-unit", *words]


def _forget(path: Path) -> None:
    if path.is_dir():
        mounts.unmount(path)
        path.rmdir()

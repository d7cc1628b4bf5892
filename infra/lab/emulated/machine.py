"""One emulated host: made from the image, started with its tree, and told when it takes logins.

What it is made of lies where other hosts' does, so it is stopped, removed and listed like them.
"""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from infra.lab import cgroups, host, network, persona, process
from infra.lab.emulated import changes, cpio, programs, qemu, qmp, system, tree
from infra.lab.emulated.image import image
from infra.lab.hostfile import HostFile
from infra.lab.shell import LabError, run
from infra.lab.spec import LabHost

READY_SECONDS = 300.0
"""How long a host may take until it takes logins: emulation on a busy machine is slow."""
_UP, _DOWN = "infra-lab: takes logins", "infra-lab: goes down"
_SET_UP = "infra-lab-set-up"


def make(made: LabHost, *, login_key: str, ca: str | None, say: Callable[[str], None]) -> str:
    """Make a bare host; gives its public SSH host key. What was there before goes."""
    refuse_unfit(made)
    programs.ensure(say)
    files = image(made.os, say)
    host.remove(made.name)
    network.remove(made.name)
    where = host.folder(made.name)
    where.mkdir(parents=True)
    disk = where / "disk.qcow2"
    run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", files.disk, disk])
    (where / "kernel").write_text(f"{files.kernel}\n")
    private, public = _fresh_key()
    dressed = persona.files(made, login_key=login_key, host_key=private, ca=ca)
    text = f"{persona.set_up(made, trusts_ca=ca is not None)}chmod 700 /root\n"
    own = {**dressed, **system.network(made), _SET_UP: HostFile(text, mode=0o700)}
    _write_secret(where / "initrd", files.initrd.read_bytes() + _packed(own))
    return public


def start(made: LabHost) -> None:
    """Boot a host that is made, its PCI functions written before it looks for them."""
    host.stop(made.name)
    where = host.folder(made.name)
    (where / "begun").unlink(missing_ok=True)
    (where / "console").write_text("")
    planned = tree.functions(made)
    kernel = Path((where / "kernel").read_text().strip())
    words = qemu.command(made, tree=planned, where=where, kernel=kernel)
    command = (*network.among_services(), *words)
    pid = process.launch(where / "pid", command=command, log=where / "log")
    cgroups.adopt(made.name, pid=pid)
    try:
        qmp.ask(where / "qmp", "query-status")
        network.plug(made)
        changes.write_all(pid, planned)
        qmp.ask(where / "qmp", "cont")
    except LabError as wrong:
        host.stop(made.name)
        raise LabError(f"{made.name} did not start: {wrong}{_last_words(made.name)}") from wrong
    (where / "begun").touch()


def is_running(name: str) -> bool:
    """Whether a host was started to its end; one that was cut short stands still."""
    return host.is_running(name) and (host.folder(name) / "begun").exists()


def wait_ready(hosts: Sequence[LabHost]) -> None:
    """Return once every host takes logins; LabError with the place of its console if one fails."""
    until = time.monotonic() + READY_SECONDS
    for each in hosts:
        _wait(each.name, partial(_is_up, each.name), until=until)


@contextlib.contextmanager
def booting(name: str) -> Iterator[None]:
    """Return from the block once the host, which boots anew in it, takes logins again."""
    before = _console(name).count(_UP)
    yield
    again = partial(_has_booted_since, name, before)
    _wait(name, again, until=time.monotonic() + READY_SECONDS)


def power_cycle(name: str) -> None:
    """Switch a running host off and on again, without a word to its system; waits for logins."""
    with booting(name):
        qmp.ask(host.folder(name) / "qmp", "system_reset")


def takes_logins(console: str) -> bool:
    """Whether a host was up when it last said so, from the text of its console."""
    return console.rfind(_UP) > console.rfind(_DOWN)


def refuse_unfit(made: LabHost) -> None:
    """Raise LabError when a host cannot be emulated as its inventory says."""
    found = "; ".join(tree.unfit(made))
    if found:
        raise LabError(found)


def _console(name: str) -> str:
    return (host.folder(name) / "console").read_text(errors="replace")


def _is_up(name: str) -> bool:
    return takes_logins(_console(name))


def _has_booted_since(name: str, before: int) -> bool:
    console = _console(name)
    return console.count(_UP) > before and takes_logins(console)


def _wait(name: str, ready: Callable[[], bool], *, until: float) -> None:
    while not ready():
        if time.monotonic() > until or not host.is_running(name):
            raise LabError(
                f"{name} did not come up; its last words are in {host.folder(name) / 'console'}. "
                f"`infra lab reset {name}` makes it anew"
            )
        time.sleep(0.2)


def _packed(files: Mapping[str, HostFile]) -> bytes:
    packed = {
        f"host/{name}": cpio.Packed(file.text.encode(), mode=file.mode)
        for name, file in files.items()
    }
    return cpio.archive(packed)


def _write_secret(path: Path, content: bytes) -> None:
    path.touch(mode=0o600)
    path.write_bytes(content)


def _fresh_key() -> tuple[str, str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key"
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root", "-f", path])
        return path.read_text(), path.with_suffix(".pub").read_text()


def _last_words(name: str) -> str:
    log = host.folder(name) / "log"
    words = log.read_text(errors="replace").splitlines()[-3:] if log.exists() else []
    return f" ({' / '.join(words)})" if words else ""

"""A real nginx on loopback with the role's configuration, in front of engines given by port."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from roles.load_balancer import configuration, keys, program, upstream
from roles.load_balancer.program.members import UPSTREAMS
from roles.load_balancer.settings import LoadBalancerSettings, Target

KEY = "sk-AbC.d+ef_0123456789"
MODEL = "stub"


class Engine(Protocol):
    """Where an engine listens."""

    address: str
    port: int


class NoNginxError(Exception):
    """No nginx here, and none to be had from apt."""


def nginx_program(folder: Path) -> str:
    """nginx's program: the machine's own, else the one in its distribution's package."""
    installed = shutil.which("nginx")
    if installed is not None:
        return installed
    try:
        subprocess.run(
            ["apt-get", "-q", "download", "nginx"], cwd=folder, check=True, capture_output=True
        )
        [package] = folder.glob("nginx_*.deb")
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    except (OSError, subprocess.CalledProcessError, ValueError) as problem:
        raise NoNginxError("no nginx here and none to be had from apt") from problem
    return str(folder / "usr/sbin/nginx")


class Loopback:
    """A balancer from `with` to its end; node N of `engines` is called `gpu-N`."""

    def __init__(
        self,
        folder: Path,
        *,
        nginx: str,
        engines: Sequence[Engine],
        slots: int,
        spares: int = 0,
        **changes: object,
    ) -> None:
        (folder / "key").write_text(KEY)
        (folder / "key").chmod(0o600)
        listening, status = free_ports(2)
        self.folder = folder
        given = {
            "address": "127.0.0.1",
            "reached_at": "127.0.0.1",
            "port": listening,
            "status_port": status,
            "api_keys": {"team-a": f"file:{folder / 'key'}"},
            "targets": _targets(engines, slots=slots, spares=spares),
        }
        self.settings = LoadBalancerSettings.model_validate({**given, **changes})
        self._start = [nginx, "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]

    def __enter__(self) -> "Loopback":
        _write_configuration(self.settings, self.folder)
        _write_members(self.settings, self.folder, test=[*self._start, "-t", "-q"])
        self.rotate("apply")
        subprocess.run(self._start, check=True)
        return self

    def __exit__(self, *ended: object) -> None:
        subprocess.run([*self._start, "-s", "stop"], check=True)

    @property
    def log(self) -> Path:
        """The access log."""
        return self.folder / "infra_access.log"

    def rotate(self, *words: str) -> str:
        """What infra-rotation answers."""
        command = [sys.executable, "-IS", str(self.folder / "infra-rotation")]
        given = ["--members", str(self.folder / "members.json"), *words]
        done = subprocess.run([*command, *given], capture_output=True, text=True, check=True)
        return done.stdout

    def rss_kib(self) -> int:
        """Memory of nginx's master and workers."""
        master = (self.folder / "nginx.pid").read_text().strip()
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        return sum(_rss_kib(pid) for pid in (master, *workers))


def _targets(engines: Sequence[Engine], *, slots: int, spares: int) -> tuple[Target, ...]:
    return tuple(
        Target(
            node=f"gpu-{number}",
            address=engine.address,
            port=engine.port,
            model=MODEL,
            parallel=slots,
            keepalive=False,
            spare=number > len(engines) - spares,
        )
        for number, engine in enumerate(engines, start=1)
    )


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on just now."""
    taken = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in taken]
    for one in taken:
        one.close()
    return ports


def _write_configuration(settings: LoadBalancerSettings, folder: Path) -> None:
    """The role's text, moved into a folder; nothing else about it is changed."""
    key_file = keys.text({"team-a": KEY})
    text = configuration.text(settings, key_file=key_file)
    moved = {
        keys.PATH: str(folder / "keys.conf"),
        UPSTREAMS: str(folder / "upstreams.conf"),
        "/run/nginx.pid": str(folder / "nginx.pid"),
        "/var/log/nginx": str(folder),
        "/etc/nginx/modules-enabled": str(folder / "none"),
        "/etc/nginx/conf.d": str(folder / "none"),
    }
    for old, new in moved.items():
        text = text.replace(old, new)
    kinds = {"client_body": "b", "proxy": "p", "fastcgi": "f", "uwsgi": "u", "scgi": "s"}
    temporary = "".join(f"{kind}_temp_path {folder / at};" for kind, at in kinds.items())
    (folder / "keys.conf").write_text(key_file)
    (folder / "nginx.conf").write_text(text.replace("http {", f"http {{ {temporary}", 1))


def _write_members(settings: LoadBalancerSettings, folder: Path, *, test: list[str]) -> None:
    said = json.loads(upstream.members_text(settings))
    places = {"upstreams": "upstreams.conf", "state": "state.json", "pid": "nginx.pid"}
    said |= {name: str(folder / at) for name, at in places.items()}
    (folder / "members.json").write_text(json.dumps({**said, "test": test}))
    (folder / "infra-rotation").write_text(program.text())


def _rss_kib(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [one for one in status.splitlines() if one.startswith("VmRSS:")]
    return int(line.split()[1])

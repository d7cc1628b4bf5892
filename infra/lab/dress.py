"""Turns the root of a new host from a base into that host, before its first boot."""

from pathlib import Path

from infra.lab import hostfile, kernel, machine, persona
from infra.lab.shell import run
from infra.lab.spec import LabHost


def dress(host: LabHost, root: Path, *, login_key: str, ca: str | None) -> str:
    """Write into a root all that makes it this host; gives the public key of its SSH server."""
    key = _fresh_key(root.parent / "host_key")
    mine = persona.files(host, login_key=login_key, host_key=key, ca=ca)
    hostfile.write(root, {**mine, **machine.files(limited=machine.is_limited())})
    hostfile.link(root, machine.links())
    run(["chroot", root, "sh"], input=persona.set_up(host, trusts_ca=ca is not None))
    kernel.install(host, root)
    return (root / "etc/ssh/ssh_host_ed25519_key.pub").read_text()


def _fresh_key(path: Path) -> str:
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "root", "-f", path])
    text = path.read_text()
    path.unlink()
    path.with_name(path.name + ".pub").unlink()
    return text

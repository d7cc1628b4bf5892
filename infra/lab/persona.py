"""Who a lab host is: its name, its operating system as it says, who may log in, whom it trusts."""

import shlex
import uuid
from collections.abc import Mapping
from pathlib import Path

from infra.lab import place
from infra.lab.hostfile import HostFile
from infra.lab.spec import LabHost

_PAYLOAD = Path(__file__).with_name("payload")
_CA_NAME = "infra-lab"


def files(
    host: LabHost, *, login_key: str, host_key: str, ca: str | None
) -> Mapping[str, HostFile]:
    """Files of a host, by path; its keys and the lab's authority are given as their texts."""
    found = {
        "etc/hostname": HostFile(f"{host.name}\n"),
        "etc/hosts": HostFile(_hosts(host)),
        # A name server that refuses at once: nothing waits ten seconds for a name
        "etc/resolv.conf": HostFile("nameserver 127.0.0.1\n"),
        "etc/machine-id": HostFile(f"{uuid.uuid4().hex}\n", mode=0o444),
        "etc/default/locale": HostFile("LANG=C.UTF-8\n"),
        "etc/ssh/ssh_host_ed25519_key": HostFile(host_key, mode=0o600),
        "etc/ssh/sshd_config.d/60-cloudimg-settings.conf": HostFile(_sshd(host)),
        f"{_home(host)}/.ssh/authorized_keys": HostFile(login_key, mode=0o600),
    }
    if host.user != "root":
        found["etc/sudoers.d/90-cloud-init-users"] = HostFile(
            f"{host.user} ALL=(ALL) NOPASSWD:ALL\n", mode=0o440
        )
    if ca is not None:
        found[f"usr/local/share/ca-certificates/{_CA_NAME}.crt"] = HostFile(ca)
    return {**found, **_release(host)}


def set_up(host: LabHost, *, trusts_ca: bool) -> str:
    """Shell text to run inside the host's root once its files are there."""
    lines = ["set -e", "ssh-keygen -y -f /etc/ssh/ssh_host_ed25519_key >/etc/ssh/host.pub"]
    lines += ["mv /etc/ssh/host.pub /etc/ssh/ssh_host_ed25519_key.pub"]
    lines += [f"chmod 700 /{_home(host)}/.ssh"]
    if host.user != "root":
        user = shlex.quote(host.user)
        lines += [f"useradd -s /bin/bash -G adm,sudo {user}", f"chown -R {user}: /home/{user}"]
        lines += [f"cp -n /etc/skel/.bashrc /etc/skel/.profile /home/{user}/"]
    if trusts_ca:
        lines += _trust(f"/usr/local/share/ca-certificates/{_CA_NAME}.crt")
    return "\n".join(lines) + "\n"


def _trust(certificate: str) -> list[str]:
    # What update-ca-certificates does for one certificate, without its second of work
    link = f"/etc/ssl/certs/$(openssl x509 -noout -subject_hash -in {certificate}).0"
    return [
        f"cat {certificate} >>/etc/ssl/certs/ca-certificates.crt",
        f"ln -sf {certificate} /etc/ssl/certs/{_CA_NAME}.pem",
        f'ln -sf {_CA_NAME}.pem "{link}"',
    ]


def _home(host: LabHost) -> str:
    return "root" if host.user == "root" else f"home/{host.user}"


def _hosts(host: LabHost) -> str:
    return (
        "127.0.0.1 localhost\n"
        f"127.0.1.1 {host.name}\n"
        f"{place.SERVICES_ADDRESS} {' '.join(place.SERVICE_NAMES)}\n"
        "::1 localhost ip6-localhost ip6-loopback\n"
    )


def _sshd(host: LabHost) -> str:
    root = "prohibit-password" if host.user == "root" else "no"
    return f"PasswordAuthentication no\nPermitRootLogin {root}\n"


def _release(host: LabHost) -> Mapping[str, HostFile]:
    os_release = _PAYLOAD / "os-release" / host.os
    if not os_release.exists():
        return {}
    lsb_release = _PAYLOAD / "lsb-release" / host.os
    return {
        "usr/lib/os-release": HostFile(os_release.read_text()),
        "etc/lsb-release": HostFile(lsb_release.read_text()),
    }

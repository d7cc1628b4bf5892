"""What a first look at a host tells, and the inventory that follows from it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.observed import Os, parse_os, refusal
from infra.templates import render

COMMAND = r"""
cat /etc/os-release; echo "ARCH=$(uname -m)"
echo "HOST=$(uname -n)"; echo "CPUS=$(nproc)"
awk '/^MemTotal/{print "MEMORY_KIB=" $2}' /proc/meminfo
echo "DISK_KIB=$(df -Pk /srv 2>/dev/null | awk 'NR==2{print $4}')"
for d in /sys/bus/pci/devices/*; do
  read -r vendor <"$d/vendor"; read -r class <"$d/class"; read -r device <"$d/device"
  case "$vendor $class" in "0x10de 0x03"*) echo "GPU=${d##*/} $device" ;; esac
done 2>/dev/null
proc=/proc/driver/nvidia/version
sed -n 's/^NVRM version:.*  \([0-9][0-9.]*\)  .*/DRIVER=\1/p' "$proc" 2>/dev/null
(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null || true) | sed 's/^/CARD=/'
(sudo -n true 2>/dev/null && echo SUDO=yes) || echo "SUDO=no"
echo "USER=$(id -un)"
"""
"""Shell text that prints what `parse` reads; it changes nothing."""


@dataclass(frozen=True)
class Look:
    """A host at first sight: memory and free disk in GiB, PCI addresses and names of its GPUs."""

    os: Os
    hostname: str
    user: str
    sudo: bool
    cpus: int
    memory_gib: int
    disk_gib: int
    gpus: tuple[str, ...]
    cards: tuple[str, ...]
    driver: str | None

    def summary(self) -> list[str]:
        """Lines for the operator: what was found, and what stands in the way."""
        cards = ", ".join(self.cards) or f"{len(self.gpus)} NVIDIA GPUs ({', '.join(self.gpus)})"
        lines = [
            f"{self.hostname}: {self.os.id} {self.os.version}, {self.cpus} CPUs, "
            f"{self.memory_gib} GiB memory, {self.disk_gib} GiB free in /srv",
            f"  GPUs: {cards if self.gpus else 'none on the PCI bus'}",
            f"  driver loaded: {self.driver or 'none'}",
        ]
        refused = refusal(self.os)
        if refused is not None:
            lines.append(f"  ✗ {refused}")
        if self.user != "root" and not self.sudo:
            lines.append("  sudo asks for a password: give it as _sudo_password by reference")
        return lines


def parse(lines: list[str]) -> Look:
    """Look from the answer to `COMMAND`."""
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    found = {key: value for key, value in pairs}
    return Look(
        os=parse_os(lines),
        hostname=found.get("HOST", "box"),
        user=found.get("USER", ""),
        sudo=found.get("SUDO") == "yes",
        cpus=int(found.get("CPUS") or 0),
        memory_gib=int(found.get("MEMORY_KIB") or 0) // 2**20,
        disk_gib=int(found.get("DISK_KIB") or 0) // 2**20,
        gpus=tuple(value.split()[0] for key, value in pairs if key == "GPU"),
        cards=tuple(value for key, value in pairs if key == "CARD"),
        driver=found.get("DRIVER") or None,
    )


def target_of(target: str, *, key: str | None) -> dict[str, Any]:
    """Connection data from `user@host[:port]`; ValueError with a sentence when it is none."""
    user, at, rest = target.rpartition("@")
    host, colon, port = rest.partition(":")
    if not at or not user or not host or (colon and not port.isdigit()):
        raise ValueError(f"{target}: give it as user@host or user@host:port")
    found: dict[str, Any] = {"ssh_hostname": host, "ssh_user": user}
    found |= {"ssh_port": int(port)} if port else {}
    return found | ({"ssh_key": key} if key is not None else {})


def inventory_text(look: Look, *, login: Mapping[str, Any], name: str) -> str:
    """Text of a first inventory: what was seen is filled in, what must be decided is marked."""
    return render(
        "inventory/first.py.j2",
        look=look,
        name=json.dumps(name),
        login={key: json.dumps(value) for key, value in login.items()},
        origin="ubuntu" if look.os.id == "ubuntu" else "nvidia",
        driver=look.driver or "580.95.05",
        sudo=look.user != "root",
        password=look.user != "root" and not look.sudo,
    )

"""What a first look at a host tells; the host is a stranger, so only plain values are believed."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Any

from infra.observed import Os, parse_os, refusal

COMMAND = r"""
{
cat /etc/os-release; echo "ARCH=$(uname -m)"
echo "HOST=$(uname -n)"; echo "CPUS=$(nproc)"; echo "ADDRESS=$(set -- $SSH_CONNECTION; echo "$3")"
awk '/^MemTotal/{print "MEMORY_KIB=" $2}' /proc/meminfo
echo "DISK_KIB=$(df -Pk /srv | awk 'NR==2{print $4}')"
for d in /sys/bus/pci/devices/*; do
  read -r vendor <"$d/vendor"; read -r class <"$d/class"; read -r device <"$d/device"
  case "$vendor $class" in "0x10de 0x03"*) echo "GPU=${d##*/} $device" ;; esac
done
sed -n 's/^NVRM version:.*  \([0-9][0-9.]*\)  .*/DRIVER=\1/p' /proc/driver/nvidia/version
nvidia-smi --query-gpu=name --format=csv,noheader | sed 's/^/CARD=/'
for f in /var/lib/apt/lists/*_Packages*; do [ -e "$f" ] && echo LISTS=yes; break; done
echo "DOCKER=$(LC_ALL=C apt-cache policy docker.io | sed -n 's/^ *Candidate: //p')"
echo "SERIES=$(LC_ALL=C apt-cache policy nvidia-utils-580-server | sed -n 's/^ *Candidate: //p')"
if sudo -n true; then echo SUDO=yes; else echo SUDO=no; fi
echo "USER=$(id -un)"
} 2>/dev/null | LC_ALL=C tr -cd '\11\12\40-\176'
"""
"""Shell text that prints what `parse` reads, in ASCII; it changes nothing."""

NAME = r"[A-Za-z0-9._-]{1,63}"
"""Names of hosts that are written into an inventory."""
_NUMBER = r"[0-9]{1,15}"
_DRIVER = r"[0-9]{3,4}(\.[0-9]{1,4}){1,3}"
_PACKAGE = r"([0-9]:)?[0-9]{1,5}(\.[0-9]{1,5}){1,3}[A-Za-z0-9.+~-]{0,60}"
_CARD = r"[A-Za-z0-9 ._()/+-]{1,80}"
_PCI = r"[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-7]"
_WORD = r"[A-Za-z0-9._-]{1,32}"


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
    """Version of the driver that is loaded."""
    address: str = ""
    """Its own IP address on the connection; empty when it does not say."""
    has_lists: bool = False
    """Whether apt has package lists; when not, it offers nothing."""
    docker: str = ""
    """Version of docker.io that apt offers; empty: none."""
    series: str = ""
    """Driver version of Ubuntu's 580 server series that apt offers; empty: none."""

    def summary(self) -> list[str]:
        """Lines for the operator: what was found, and what stands in the way."""
        cards = ", ".join(self.cards) or f"{len(self.gpus)} NVIDIA GPUs ({', '.join(self.gpus)})"
        lines = [
            f"{self.hostname}: {self.os.id} {self.os.version}, {self.cpus} CPUs, "
            f"{self.memory_gib} GiB memory, {self.disk_gib} GiB free in /srv",
            f"  GPUs: {cards if self.gpus else 'none on the PCI bus'}",
            f"  driver loaded: {self.driver or 'none'}",
            f"  docker.io offered by apt: {self.docker or 'none'}",
        ]
        refused = refusal(self.os)
        if refused is not None:
            lines.append(f"  ✗ {refused}")
        if self.user != "root" and not self.sudo:
            lines.append("  sudo asks for a password: give it as _sudo_password by reference")
        return lines


def parse(lines: list[str]) -> Look:
    """Look from the answer to `COMMAND`; what is not plain is left out, whatever it says."""
    pairs = [line.split("=", 1) for line in lines if "=" in line]
    found = {key: value for key, value in pairs}
    devices = ((value.split() or [""])[0] for key, value in pairs if key == "GPU")
    return Look(
        os=_plain_os(lines),
        hostname=_plain(found.get("HOST"), NAME) or "box",
        user=_plain(found.get("USER"), _WORD),
        sudo=found.get("SUDO") == "yes",
        cpus=_number(found.get("CPUS")),
        memory_gib=_number(found.get("MEMORY_KIB")) // 2**20,
        disk_gib=_number(found.get("DISK_KIB")) // 2**20,
        gpus=tuple(filter(None, (_plain(device, _PCI) for device in devices))),
        cards=tuple(filter(None, (_plain(text, _CARD) for key, text in pairs if key == "CARD"))),
        driver=_plain(found.get("DRIVER"), _DRIVER) or None,
        address=ip_address(found.get("ADDRESS", "")),
        has_lists=found.get("LISTS") == "yes",
        docker=_plain(found.get("DOCKER"), _PACKAGE),
        series=_plain(_upstream(found.get("SERIES", "")), _DRIVER),
    )


def ip_address(text: str) -> str:
    """The text when it is an IP address, without an interface's name; else nothing."""
    try:
        return str(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return ""


def target_of(target: str, *, key: str | None) -> dict[str, Any]:
    """Connection data from `user@host[:port]`; ValueError with a sentence when it is none."""
    user, at, rest = target.rpartition("@")
    host, colon, port = rest.partition(":")
    is_port = re.fullmatch(r"[0-9]{1,5}", port) is not None
    if not at or not user or not host or (colon and not is_port) or not target.isprintable():
        raise ValueError(f"{target!a}: give it as user@host or user@host:port")
    found: dict[str, Any] = {"ssh_hostname": host, "ssh_user": user}
    found |= {"ssh_port": int(port)} if port else {}
    return found | ({"ssh_key": key} if key is not None else {})


def _plain(text: str | None, pattern: str) -> str:
    return text if text is not None and re.fullmatch(pattern, text) else ""


def _number(text: str | None) -> int:
    return int(_plain(text, _NUMBER) or 0)


def _plain_os(lines: list[str]) -> Os:
    told = parse_os(lines)
    return Os(
        id=_plain(told.id, _WORD),
        version=_plain(told.version, r"[0-9.]{1,12}"),
        codename=_plain(told.codename, _WORD),
        arch=_plain(told.arch, _WORD),
    )


def _upstream(version: str) -> str:
    return version.rpartition(":")[2].partition("-")[0]

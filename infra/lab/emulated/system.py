"""What makes a bare Debian an emulated host's system, the same for all of them."""

from collections.abc import Mapping
from pathlib import Path

from infra.lab import place
from infra.lab.hostfile import HostFile
from infra.lab.spec import LabHost

_READY = "infra-lab-ready.service"
_UNIT = Path(__file__).with_name("payload") / _READY
_ENABLED = ("systemd-networkd.service", "ssh.service", _READY)
_MASKED = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "fstrim.timer"),
    *("e2scrub_all.timer", "e2scrub_reap.service", "getty@tty1.service"),
    *("serial-getty@ttyS0.service", "systemd-timesyncd.service", "systemd-update-utmp.service"),
)
"""What takes time at each boot and says nothing about a deploy."""
_MODPROBE = """\
# An open driver takes the stand-ins for GPUs by their ids, reads beyond what they have, and hangs
blacklist nouveau
blacklist nvidiafb
install nouveau /bin/false
blacklist cfg80211
blacklist iTCO_wdt
blacklist psmouse
"""


def files() -> Mapping[str, HostFile]:
    """Files of every emulated host, by path."""
    return {
        "etc/fstab": HostFile("/dev/vda / ext4 defaults,noatime 0 0\n"),
        "etc/modprobe.d/infra-lab.conf": HostFile(_MODPROBE),
        f"etc/systemd/system/{_READY}": HostFile(_UNIT.read_text()),
    }


def set_up() -> str:
    """Shell text to run inside the root of every emulated host once its files are there."""
    return (
        f"set -e\nsystemctl -q enable {' '.join(_ENABLED)}\nsystemctl -q mask {' '.join(_MASKED)}\n"
    )


def network(host: LabHost) -> Mapping[str, HostFile]:
    """Files that give a host its address, by path; there is no way out of the lab."""
    length = place.SUBNET.partition("/")[2]
    text = (
        "[Match]\nDriver=virtio_net\n\n"
        f"[Network]\nAddress={host.address}/{length}\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n"
    )
    return {"etc/systemd/network/10-lab.network": HostFile(text)}

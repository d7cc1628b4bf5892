"""Firewalls that are on a host already: ours does not stand beside them unasked."""

from dataclasses import dataclass

from roles.host_firewall.standing import DROP_IN

ADMINS_FILE = "/etc/nftables.conf"

COMMAND = (
    "grep -qs '^ENABLED=yes' /etc/ufw/ufw.conf && echo ufw; "
    "systemctl -q is-active firewalld.service && echo firewalld; "
    f"[ ! -e {DROP_IN} ] && [ -e {ADMINS_FILE} ] && "
    f"[ \"$(dpkg-query -W -f '${{Conffiles}}\\n' nftables 2>/dev/null | "
    f"sed -n 's# {ADMINS_FILE} ##p')\" != \"$(md5sum <{ADMINS_FILE} | cut -d' ' -f1)\" ] && "
    f"grep -Evq '^[[:space:]]*(#|$)' {ADMINS_FILE} && echo own-rules; "
    "ip -o route show default | sed -n 's/.* dev \\([^ ]*\\).*/uplink \\1/p'; "
    "ip -6 -o route show default | sed -n 's/.* dev \\([^ ]*\\).*/uplink \\1/p'; true"
)
"""Shell text that prints what is there, and by which interfaces the host reaches the world."""


@dataclass(frozen=True)
class Found:
    """What a host has of its own."""

    firewalls: tuple[str, ...] = ()
    """`ufw`, `firewalld`."""
    own_rules: bool = False
    """Rules of an admin in /etc/nftables.conf that nftables' service would load."""
    uplinks: tuple[str, ...] = ()


def parse(lines: list[str]) -> Found:
    """Found from the answer to `COMMAND`."""
    ups = (line.split()[1] for line in lines if line.startswith("uplink "))
    return Found(
        firewalls=tuple(word for word in ("ufw", "firewalld") if word in lines),
        own_rules="own-rules" in lines,
        uplinks=tuple(dict.fromkeys(ups)),
    )


def refusals(found: Found, *, adopt: bool, interfaces: tuple[str, ...]) -> list[str]:
    """Sentences on why the host is left as it is; none when the role may go on."""
    sentences = [
        f"{name} is active here, and two firewalls judge every packet; {_OFF[name]} and carry its "
        "rules over to host_firewall.openings, or take host_firewall out of this host's deploy"
        for name in found.firewalls
    ]
    if found.own_rules and not adopt:
        sentences.append(
            f"{ADMINS_FILE} holds rules of your own, which would no longer be loaded; carry them "
            "over to host_firewall.openings and set host_firewall.adopt to True"
        )
    sentences += [
        f"the default route leaves by {uplink}, which host_firewall.container_interfaces names as "
        "a bridge of containers: all would be let in; name Docker's bridges alone"
        for uplink in found.uplinks
        if any(_matches(uplink, pattern) for pattern in interfaces)
    ]
    return sentences


_OFF = {"ufw": "run ufw disable", "firewalld": "run systemctl disable --now firewalld"}


def _matches(interface: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return interface.startswith(pattern[:-1])
    return interface == pattern


SERVICE_COMMAND = "systemctl show -p ExecStart -p ExecReload -p ExecStop nftables.service"
"""Shell text that prints what nftables' service runs."""


def strays(lines: list[str], *, kept: str) -> list[str]:
    """Commands of nftables' service that touch more than our table."""
    ours = {f"/usr/sbin/nft -f {kept}"}
    argv = (line.partition("argv[]=")[2].partition(" ;")[0] for line in lines if "argv[]=" in line)
    return [one for one in argv if one not in ours and "delete table inet infra" not in one]

"""A look from outside: which of a host's ports answer to a stranger.

The stranger is a network namespace on the host itself, joined by a pair of links that vanish with
its only process. What it sends arrives by an interface like any other, not by lo.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

STRANGER = "192.0.2.2"
"""Its address: one of those kept for documentation, which nobody has."""
_GATE = "192.0.2.1"
_LINK = "infra-probe"
_SECONDS = 1

REACHABLE_COMMAND = (
    "ss -Hltn | sed 's/^/listening /'; "
    "iptables -t nat -S DOCKER 2>/dev/null | "
    "sed -n 's/.* -p tcp .*--dport \\([0-9]*\\) .*/published \\1/p'; "
    "ip -4 -o address show scope global | sed 's/^/address /'"
)
"""Shell text that prints what listens, what Docker publishes, and the host's addresses."""


def parse_ports(lines: list[str]) -> set[int]:
    """TCP ports on which something listens for others than the host itself, or is published."""
    rows = [line.split() for line in lines]
    places = [row[4].rpartition(":") for row in rows if row[:1] == ["listening"]]
    published = {int(row[1]) for row in rows if row[:1] == ["published"]}
    return published | {int(port) for at, _, port in places if not at.startswith(("127.", "[::1]"))}


def parse_address(lines: list[str], *, container_interfaces: Iterable[str]) -> str | None:
    """An address of the host that is not its containers'; None when it has none."""
    rows = (line.split() for line in lines if line.startswith("address "))
    found = (
        row[4].partition("/")[0]
        for row in rows
        if not any(fnmatchcase(row[2], pattern) for pattern in container_interfaces)
    )
    return next(found, None)


def command(address: str, *, ports: Iterable[int]) -> str:
    """Shell text that prints `PORT silent|refused|open` for each port, as the stranger finds it."""
    asked = " ".join(str(port) for port in ports)
    return (
        f"unshare -n sh -c 'echo $$; exec sleep {_SECONDS + 5}' >/run/{_LINK} & stranger=$!; "
        f"trap 'kill $stranger; rm -f /run/{_LINK}' EXIT; "
        f"n=0; until [ -s /run/{_LINK} ] || [ $n -ge 50 ]; do n=$((n+1)); sleep 0.02; done; "
        f"inside=$(cat /run/{_LINK}); "
        f"ip link add {_LINK} type veth peer name eth0 netns $inside && "
        f"ip address add {_GATE}/30 dev {_LINK} && ip link set {_LINK} up && "
        f'in_it() {{ nsenter -t $inside -n "$@"; }} && '
        f"in_it ip address add {STRANGER}/30 dev eth0 && in_it ip link set eth0 up && "
        f"in_it ip route add default via {_GATE} && "
        f"in_it bash -c {_asking(address, asked)}"
    )


def _asking(address: str, ports: str) -> str:
    knock = f'timeout {_SECONDS} bash -c "echo >/dev/tcp/{address}/$p" 2>/dev/null'
    return (
        f"'for p in {ports}; do ( {knock}; case $? in 0) echo $p open;; 124) echo $p silent;; "
        "*) echo $p refused;; esac ) & done; wait'"
    )


def parse(lines: list[str]) -> dict[int, str]:
    """What each port did, from the answer to `command`."""
    rows = (line.split() for line in lines)
    return {
        int(row[0]): row[1]
        for row in rows
        if len(row) == 2 and row[0].isdigit() and row[1] in ("open", "silent", "refused")
    }

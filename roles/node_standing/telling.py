"""How a node tells its standing: a program and the socket that starts it, and what it answers."""

import shlex

from infra import templates
from infra.gate import standing_command
from roles.node_standing.settings import NodeStandingSettings

PROGRAM = "/usr/local/sbin/infra-standing"
USER = "infra-standing"
"""Who answers: a user who owns nothing."""
HAS_USER_COMMAND = f"getent passwd {USER}"
ADD_USER_COMMAND = (
    "useradd --system --user-group --no-create-home --home-dir /nonexistent "
    f"--shell /usr/sbin/nologin {USER}"
)
SOCKET = "infra-standing.socket"
_SERVICE = "infra-standing@.service"
_UNITS = "/etc/systemd/system"


def files(settings: NodeStandingSettings) -> dict[str, tuple[str, str]]:
    """Text and octal mode of each file by its path."""
    program = templates.render("node_standing/standing.j2", standing=standing_command())
    service = templates.render("node_standing/standing@.service.j2", program=PROGRAM, user=USER)
    socket = templates.render("node_standing/standing.socket.j2", at=place(settings))
    return {
        PROGRAM: (program, "755"),
        f"{_UNITS}/{_SERVICE}": (service, "644"),
        f"{_UNITS}/{SOCKET}": (socket, "644"),
    }


def place(settings: NodeStandingSettings) -> str:
    """Address and port, as systemd and people write them."""
    address = str(settings.address)
    return f"[{address}]:{settings.port}" if ":" in address else f"{address}:{settings.port}"


def listens_command(settings: NodeStandingSettings) -> str:
    """Shell text that succeeds when the socket is open at the promised place."""
    at = shlex.quote(f"{place(settings)} (Stream)")
    return (
        f"systemctl -q is-active {SOCKET} && "
        f"systemctl show -p Listen --value {SOCKET} | grep -qxF {at}"
    )


def ask_command(settings: NodeStandingSettings) -> str:
    """Shell text that prints the answer to one HTTP request, as a balancer gets it."""
    at = f"/dev/tcp/{settings.address}/{settings.port}"
    script = f'exec 3<>{at} && printf "GET / HTTP/1.0\\r\\n\\r\\n" >&3 && cat <&3'
    return f"timeout 5 bash -c {shlex.quote(script)}"


def body(answer: str) -> str:
    """The body of an HTTP answer of status 200; empty of any other."""
    head, _, told = answer.replace("\r\n", "\n").partition("\n\n")
    return told if head.startswith("HTTP/1.1 200 ") else ""

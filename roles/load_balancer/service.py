"""nginx's unit: what we add to it, and whether the running nginx has taken it up."""

from infra import templates

PATH = "/etc/systemd/system/nginx.service.d/infra.conf"
PID = "/run/nginx.pid"
RIGHTS_COMMAND = f"grep -sE '^(NoNewPrivs|Seccomp|CapBnd):' /proc/$(cat {PID})/status || true"
"""Shell text that prints what the running nginx may do, as the kernel tells it."""
HARDENED_COMMAND = f"grep -qs '^NoNewPrivs:.*1' /proc/$(cat {PID})/status"
"""Shell text that succeeds when the running nginx was started with the drop-in's limits."""
_CAPABILITIES = {"chown": 0, "dac_override": 1, "kill": 5, "setgid": 6, "setuid": 7, "bind": 10}


def text() -> str:
    """Text of the drop-in: it comes back after a crash, and may do little else than serve."""
    return templates.render("load_balancer/service.conf.j2")


def too_many_rights(said: str) -> list[str]:
    """Sentences about rights that the running nginx has too many, from `RIGHTS_COMMAND`."""
    found = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    rights = {name: value.strip() for name, value in found.items()}
    if not rights:
        return ["nginx does not run"]
    allowed = sum(1 << number for number in _CAPABILITIES.values())
    more = int(rights.get("CapBnd", "0"), 16) & ~allowed
    return [
        *([] if rights.get("NoNewPrivs") == "1" else ["it may gain rights (NoNewPrivs is not 1)"]),
        *([] if rights.get("Seccomp") == "2" else ["no system call is closed (Seccomp is not 2)"]),
        *([f"it has more capabilities than it needs ({more:x})"] if more else []),
    ]

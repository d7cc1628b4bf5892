"""Whether a host knows its own name without asking anybody: sudo looks it up at each command."""

import shlex

COMMAND = (
    'name=$(uname -n); awk -v name="$name" \'{ sub(/#.*/, ""); '
    "for (at = 2; at <= NF; at++) if ($at == name) known = 1 } "
    'END { print (known ? "known" : "unknown"), name }\' /etc/hosts'
)
"""Shell text that prints whether /etc/hosts has the host's name, and the name."""


def parse(lines: list[str]) -> str | None:
    """The name that is not known, from the answer to `COMMAND`; None: it is."""
    state, _, name = (lines[-1] if lines else "").partition(" ")
    return name if state == "unknown" else None


def add_command(name: str) -> str:
    """Shell text that adds the name to /etc/hosts, at the address that Debian gives it there."""
    names = " ".join(dict.fromkeys((name, name.partition(".")[0])))
    return (
        '[ -z "$(tail -c 1 /etc/hosts)" ] || echo >>/etc/hosts; '
        f"echo 127.0.1.1 {shlex.quote(names)} >>/etc/hosts"
    )

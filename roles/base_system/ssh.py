"""What sshd is promised to allow, and what its whole configuration comes to."""

import shlex
from collections.abc import Mapping
from typing import Literal

UNIT = "ssh.service"
PATH = "/etc/ssh/sshd_config.d/10-infra.conf"
"""sshd takes the first value it reads: ours comes before what an image brings."""

COMMAND = "sshd -T"
"""Shell text that prints what sshd's configuration comes to."""

_SPOKEN = {"without-password": "prohibit-password"}


def promised(
    *, passwords: bool, root: Literal["no", "prohibit-password"] | None, max_auth_tries: int
) -> dict[str, str]:
    """sshd's keywords and values; `root` None is decided by who logs in, and is then with a key."""
    return {
        "PubkeyAuthentication": "yes",
        "PasswordAuthentication": "yes" if passwords else "no",
        "KbdInteractiveAuthentication": "yes" if passwords else "no",
        "PermitEmptyPasswords": "no",
        "PermitRootLogin": root or "prohibit-password",
        "MaxAuthTries": str(max_auth_tries),
        "LoginGraceTime": "60",
        "X11Forwarding": "no",
    }


def parse(lines: list[str]) -> dict[str, str]:
    """Effective values by keyword in lower case, from the answer to `COMMAND`."""
    rows = (line.strip().partition(" ") for line in lines)
    return {keyword: _SPOKEN.get(value, value) for keyword, _, value in rows}


def differing(effective: Mapping[str, str], *, promised: Mapping[str, str]) -> list[str]:
    """Sentences on keywords that come to other values than promised."""
    return [
        f"{keyword} is {effective.get(keyword.lower(), 'not set')}, promised {value}"
        for keyword, value in promised.items()
        if effective.get(keyword.lower()) != value
    ]


def validate(promised: Mapping[str, str]) -> str:
    """Shell text that judges sshd's whole configuration with the new file `{}` in its place.

    Fails when sshd refuses it, or when another file decides one of the values.
    """
    proofs = " ".join(
        f"held {keyword.lower()} {shlex.quote(value)} &&" for keyword, value in promised.items()
    )
    return (
        "( d=$(mktemp -d) && trap 'rm -rf \"$d\"' EXIT && "
        'cp -rp /etc/ssh/sshd_config /etc/ssh/sshd_config.d "$d" && '
        'cp {} "$d/sshd_config.d/10-infra.conf" && '
        'sed -i "s#/etc/ssh/sshd_config\\.d/#$d/sshd_config.d/#" "$d/sshd_config" && '
        'sshd -T -f "$d/sshd_config" >"$d/effective" && '
        "sed -i 's/ without-password$/ prohibit-password/' \"$d/effective\" && "
        'held() { grep -qxF "$1 $2" "$d/effective" || { echo "sshd would have" '
        '"$(grep "^$1 " "$d/effective"), promised $2: look for it in /etc/ssh/sshd_config" '
        '"(before Include) and sshd_config.d" >&2; return 1; }; } && '
        f"{proofs} : )"
    )

"""What sshd is promised to allow, and what its whole configuration comes to."""

import shlex
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Literal

from infra.guard import Trial
from infra.guard.command import pending_command
from roles.base_system import freshness

UNIT = "ssh.service"
PATH = "/etc/ssh/sshd_config.d/10-infra.conf"
"""sshd takes the first value it reads: ours comes before what an image brings."""
PROMISED = "/var/lib/infra/base_system/sshd.conf"
"""What PATH is to hold; it is on trial until infra came in by it."""
TRIAL = "sshd"

Forwarding = Literal["no", "local", "yes"]
Crypto = Literal["strict", "system"]

COMMAND = "sshd -T"
"""Shell text that prints what sshd's configuration comes to."""

_SPOKEN = {"without-password": "prohibit-password"}


def promised(
    *,
    passwords: bool,
    root: Literal["no", "prohibit-password"] | None,
    max_auth_tries: int,
    forwarding: Forwarding = "local",
) -> dict[str, str]:
    """sshd's keywords and values; `root` None is decided by who logs in, and is then with a key."""
    return {
        "PubkeyAuthentication": "yes",
        "PasswordAuthentication": "yes" if passwords else "no",
        "KbdInteractiveAuthentication": "yes" if passwords else "no",
        "PermitEmptyPasswords": "no",
        "PermitRootLogin": root or "prohibit-password",
        "MaxAuthTries": str(max_auth_tries),
        "LoginGraceTime": "30",
        "X11Forwarding": "no",
        "AllowTcpForwarding": forwarding,
        "AllowStreamLocalForwarding": forwarding,
        "AllowAgentForwarding": "yes" if forwarding == "yes" else "no",
        "Compression": "no",
        # who is gone is noticed by what he could not forge
        "TCPKeepAlive": "no",
        "ClientAliveInterval": "60",
        "ClientAliveCountMax": "2",
        # names the key that somebody came in with
        "LogLevel": "VERBOSE",
    }


_WEAK = {
    "KexAlgorithms": (
        *("ecdh-sha2-*", "diffie-hellman-group1-*", "diffie-hellman-group14-*"),
        "diffie-hellman-group-exchange-*",
    ),
    "Ciphers": ("*-cbc", "*-cbc@*", "arcfour*"),
    "MACs": (
        *("umac-64*", "umac-128@openssh.com", "hmac-md5*", "hmac-sha1*"),
        *("hmac-sha2-256", "hmac-sha2-512"),
    ),
    "HostKeyAlgorithms": (
        *("ecdsa-*", "sk-ecdsa-*", "webauthn-sk-ecdsa-*"),
        *("ssh-rsa", "ssh-rsa-cert-*", "ssh-dss*"),
    ),
    # people's own ECDSA keys, e.g. in hardware, are not worse than their locks
    "PubkeyAcceptedAlgorithms": ("ssh-rsa", "ssh-rsa-cert-*", "ssh-dss*"),
}


def weak(crypto: Crypto) -> dict[str, tuple[str, ...]]:
    """By keyword: algorithms taken out of what the host's own sshd knows; newer ones stay.

    Judged by ssh-audit: NIST curves, SHA-1, 64-bit tags, MAC beside encryption, 2048-bit groups.
    """
    return _WEAK if crypto == "strict" else {}


def weaknesses(effective: Mapping[str, str], *, weak: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Sentences on algorithms that are to be out and are in."""
    return [
        f"{keyword} has {', '.join(found)}"
        for keyword, patterns in weak.items()
        if (found := list(_matching(effective.get(keyword.lower(), ""), patterns)))
    ]


def _matching(algorithms: str, patterns: tuple[str, ...]) -> Iterator[str]:
    for algorithm in algorithms.split(","):
        if any(fnmatchcase(algorithm, pattern) for pattern in patterns):
            yield algorithm


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


def standing_command() -> str:
    """Shell text that prints `stale` unless the running sshd has read what is promised."""
    return (
        f"if cmp -s {PROMISED} {PATH} && ! {pending_command(TRIAL)}; then "
        f"{freshness.command(UNIT, path=PATH)}; else echo stale; fi"
    )


def trial() -> Trial:
    """The promised file, laid over the old one until infra came in by it.

    A mount is gone after a boot. sshd starts anew, for it may answer once more with the old file
    after a reload; sessions go on.
    """
    return Trial(
        unit=TRIAL,
        what="the new SSH rules",
        promised=PROMISED,
        stands=PATH,
        look="see base_system.ssh_* of this host; where its pinned host key or the login's own key "
        'is of an old kind, set base_system.ssh_crypto to "system"',
        remember=f'[ -e {PATH} ] || : >"$TRIAL/new"',
        apply=f"[ -e {PATH} ] || install -m 644 /dev/null {PATH}; "
        f"mount --bind {PROMISED} {PATH}; systemctl try-restart {UNIT}",
        undo=f'! mountpoint -q {PATH} || umount -l {PATH}; [ ! -e "$TRIAL/new" ] || rm -f {PATH}; '
        f"systemctl try-restart {UNIT}; "
        f"systemctl -q is-active ssh.socket || systemctl start {UNIT}",
        keep=f"! mountpoint -q {PATH} || umount -l {PATH}; cp -p {PROMISED} {PATH}.new; "
        f"sync {PATH}.new; mv -f {PATH}.new {PATH}",
    )

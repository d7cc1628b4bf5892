"""Shell text of apt: it asks nothing, waits for locks, and keeps what the host configured."""

import shlex
from collections.abc import Mapping, Sequence

APT = (
    "DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 "
    "apt-get -q -y "
    '$(apt-config shell s DPkg::Lock::Timeout | grep -q . || echo "-o DPkg::Lock::Timeout=600") '
    "-o Dpkg::Options::=--force-confdef "
    "-o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0"
)
"""apt-get that asks nothing, waits for the dpkg lock and keeps changed configuration files.

It waits as long as the host's configuration says, 600 s where that says nothing.
"""


def hold_command(names: Sequence[str]) -> str:
    """Shell text that holds packages; apt-mark waits for no lock, so this tries for two minutes."""
    mark = f"apt-mark hold {_quoted(names)}"
    return f"( n=0; until {mark}; do n=$((n+1)); [ $n -lt 120 ] || exit 1; sleep 1; done )"


def update_command(options: str = "") -> str:
    """Shell text that fetches package lists; waits while another process has their lock.

    apt-get's own waiting is for dpkg's lock alone. `options` are more words for apt-get.
    """
    return (
        '( eval "$(apt-config shell limit DPkg::Lock::Timeout)"; limit=${limit:-600}; n=0; '
        f"until said=$(LC_ALL=C {APT} update {options} 2>&1); do "
        "case $said in *lists/lock*) ;; *) n=$limit ;; esac; "
        """[ "$n" -lt "$limit" ] || { printf '%s\\n' "$said" >&2; exit 100; }; """
        "n=$((n+1)); sleep 1; done )"
    )


def install_command(wanted: Mapping[str, str | None]) -> str:
    """Shell text that installs packages at these versions (None: any), downwards as well."""
    asked = [f"{name}={version}" if version else name for name, version in wanted.items()]
    return (
        f"{APT} install --no-install-recommends --allow-downgrades --allow-change-held-packages "
        f"{_quoted(asked)}"
    )


def _quoted(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)

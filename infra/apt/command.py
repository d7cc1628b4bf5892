"""Shell text of apt: it asks nothing, waits for locks, and keeps what the host configured."""

import shlex
from collections.abc import Mapping, Sequence

APT = (
    # English, whatever the host speaks: what is said of a failure is read by `infra.advice`
    "LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l NEEDRESTART_SUSPEND=1 "
    "apt-get -q -y "
    '$(apt-config shell s DPkg::Lock::Timeout | grep -q . || echo "-o DPkg::Lock::Timeout=600") '
    "-o Dpkg::Options::=--force-confdef "
    "-o Dpkg::Options::=--force-confold -o Dpkg::Use-Pty=0"
)
"""apt-get that asks nothing, waits for the dpkg lock and keeps changed configuration files.

It waits as long as the host's configuration says, 600 s where that says nothing.
"""

_PROMPT = "-o Acquire::Retries=1 -o Acquire::http::Timeout=10 -o Acquire::https::Timeout=10"
"""Lists are small: a mirror that says nothing for 10 s, twice, is a dead one."""

_HALVES = "dpkg-query -W -f '${Package} ${db:Status-Eflag}\\n' | sed -n 's/ reinstreq$//p'"
REPAIR = (
    "( export LC_ALL=C DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1; "
    "mend() { dpkg --force-confdef --force-confold --configure -a; }; "
    f'halves=$({_HALVES}); mend && [ -z "$halves" ] || {{ '
    f'[ -z "$halves" ] || {APT} --no-remove --allow-change-held-packages --reinstall install '
    f"$halves; {APT} --fix-broken --no-remove install && mend; }} )"
)
"""Shell text that finishes what dpkg was interrupted at and adds what packages lack.

It installs anew what was unpacked in part, which dpkg itself passes over, and removes no package;
it fails when something stays unfinished.
"""


def finishing(command: str) -> str:
    """Shell text that runs shell text to its end, also when the connection is lost meanwhile.

    A program that writes to a connection that is gone is ended in the middle of its work; here it
    writes to a shell that is still there. What it said comes when it has ended, on one stream.
    """
    return f"( said=$( ( {command} ) 2>&1 ); rc=$?; printf '%s\\n' \"$said\"; exit $rc )"


def hold_command(names: Sequence[str]) -> str:
    """Shell text that holds packages; apt-mark waits for no lock, so this tries for two minutes."""
    return _marked("hold", names)


def unhold_command(names: Sequence[str]) -> str:
    """Shell text that lets go of held packages, with the same patience."""
    return _marked("unhold", names)


def _marked(mark: str, names: Sequence[str]) -> str:
    return (
        f"( n=0; until said=$(LC_ALL=C apt-mark {mark} {_quoted(names)} 2>&1); do "
        "case $said in *lock*) n=$((n+1)) ;; *) n=120 ;; esac; "
        """[ $n -lt 120 ] || { printf '%s\\n' "$said" >&2; exit 1; }; sleep 1; done )"""
    )


def update_command(options: str = "") -> str:
    """Shell text that fetches package lists; waits while another process has their lock.

    apt-get's own waiting is for dpkg's lock alone. `options` are more words for apt-get.
    """
    return (
        '( eval "$(apt-config shell limit DPkg::Lock::Timeout)"; limit=${limit:-600}; n=0; '
        f"until said=$({APT} {_PROMPT} update {options} 2>&1); do "
        'case $said in *"Could not get lock"*lists/lock*) ;; *) n=$limit ;; esac; '
        """[ "$n" -lt "$limit" ] || { printf '%s\\n' "$said" >&2; exit 100; }; """
        "n=$((n+1)); sleep 1; done )"
    )


def install_command(wanted: Mapping[str, str | None]) -> str:
    """Shell text that installs packages at these versions (None: any), downwards as well.

    It goes on to its end when the connection is lost. Where dpkg was interrupted, or packages lack
    others, that is repaired first.
    """
    asked = [f"{name}={version}" if version else name for name, version in wanted.items()]
    install = (
        f"{APT} install --no-install-recommends --allow-downgrades --allow-change-held-packages "
        f"{_quoted(asked)}"
    )
    return (
        f"( install() {{ said=$({install} 2>&1); }}; "
        'install; rc=$?; case $said in *"dpkg --configure -a"*|*"--fix-broken install"*) '
        f"repaired=$( {REPAIR} 2>&1) || printf '%s\\n' \"$repaired\"; install; rc=$? ;; esac; "
        "printf '%s\\n' \"$said\"; exit $rc )"
    )


def _quoted(words: Sequence[str]) -> str:
    return " ".join(shlex.quote(word) for word in words)

"""What a host's last words mean for a person: one sentence on what is wrong and what to do.

Programs say it in many lines and in their own terms; what is not known here is left to them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

OWN = "infra: "
"""Begins a line of our own shell text that is the sentence already."""

_AGAIN = "then deploy again"
_PATH = re.compile(r"(?:['‘\"(]|\s|^)(?P<path>/[\w.+-]+(?:/[\w.+-]*)*)")
_APT_URL = re.compile(r"^[EW]: Failed to fetch (?P<url>\S+)", re.MULTILINE)
_ANY_URL = re.compile(r"(?P<url>https?://[^\s\"'/]+)")
_SITE = re.compile(r"(?P<site>\w+://[^\s\"'/]+)")


@dataclass(frozen=True)
class _Known:
    """Words that are known, and the sentence for what they mean."""

    words: re.Pattern[str]
    sentence: Callable[[re.Match[str]], str]


def advice(lines: Sequence[str]) -> str | None:
    """The sentence for what a failed command said; None when its words are not known."""
    own = [line.removeprefix(OWN) for line in lines if line.startswith(OWN)]
    if own:
        return own[-1]
    text = "\n".join(lines)
    for known in _KNOWN:
        found = known.words.search(text)
        if found is not None:
            return known.sentence(found)
    return None


def _lock(found: re.Match[str]) -> str:
    who, path = found["who"], found["path"]
    return (
        f"{who} (process {found['pid']}) holds {path} for too long: let it end, or end it on the "
        f"host, {_AGAIN}"
    )


def _full(found: re.Match[str]) -> str:
    at = _path(found)
    where = f"on the file system of {at}" if at else "on one of the host's file systems"
    return (
        f"no space left {where}: make room there (df -h; apt-get clean, docker image prune, "
        f"journalctl --vacuum-size=500M), {_AGAIN}"
    )


def _read_only(found: re.Match[str]) -> str:
    at = _path(found) or "a path that is written to"
    return (
        f"{at} is on a read-only file system: see dmesg for a failing disk, remount or repair it, "
        f"{_AGAIN}"
    )


def _clock(found: re.Match[str]) -> str:
    return (
        f"the host's clock does not fit the dates of what it was given ({_words(found)}): compare "
        f"date -u there with here, set it right (the time service, NTP), {_AGAIN}"
    )


def _old(found: re.Match[str]) -> str:
    return (
        f"what {_url(found)} gives has expired ({_words(found)}): mend that mirror, or the host's "
        f"clock where date -u there is not the time here, {_AGAIN}"
    )


def _name(found: re.Match[str]) -> str:
    name = next((name for name in found.groups() if name), None)
    what = name or "a name"
    return (
        f"the host cannot find the address of {what}: mend its DNS (resolvectl status, "
        f"/etc/resolv.conf), or give an address instead of the name, {_AGAIN}"
    )


def _dead(found: re.Match[str]) -> str:
    return (
        f"{_site(found)} does not answer this host ({_words(found)}): start that server or mend "
        f"the way to it, {_AGAIN}"
    )


def _refused(found: re.Match[str]) -> str:
    return (
        f"{_site(found)} answers {_words(found)}: see what is wrong with that server, or correct "
        f"its address in the inventory, {_AGAIN}"
    )


def _nonsense(found: re.Match[str]) -> str:
    return (
        f"{_url(found)} is not what a mirror gives ({_words(found)}): look at it with curl from "
        f"the host (a proxy's page? a mirror half copied?), {_AGAIN}"
    )


def _key(found: re.Match[str]) -> str:
    return (
        f"{_url(found)} is not signed by the key that the inventory gives ({_words(found)}): "
        f"correct the repository's key there, {_AGAIN}"
    )


def _absent(found: re.Match[str]) -> str:
    what = " ".join(word for word in found.groups() if word)
    return (
        f"the host's package sources do not have {what}: correct it in the inventory, or add it to "
        f"the mirror, {_AGAIN}"
    )


def _script(found: re.Match[str]) -> str:
    return (
        f"{found['name']} was not installed ({found['why'].strip()}): see dpkg --audit and the log "
        f"named below, mend that on the host, {_AGAIN}"
    )


def _words(found: re.Match[str]) -> str:
    said = " ".join(found[0].strip(" .-,;:").split())
    return said if len(said) < 90 else f"{said[:87]}…"


def _path(found: re.Match[str]) -> str | None:
    """A path in the line of the words."""
    start = found.string.rfind("\n", 0, found.start()) + 1
    paths = _PATH.findall(found.string[start:].partition("\n")[0])
    return paths[0].rstrip("/.") or "/" if paths else None


def _url(found: re.Match[str]) -> str:
    url = _APT_URL.search(found.string) or _ANY_URL.search(found.string)
    return url["url"] if url is not None else "what was fetched"


def _site(found: re.Match[str]) -> str:
    site = _SITE.match(_url(found))
    return site["site"] if site is not None else "a server"


def _known(words: str, sentence: Callable[[re.Match[str]], str]) -> _Known:
    return _Known(re.compile(words, re.MULTILINE), sentence)


_KNOWN = (
    _known(r"(?P<path>/\S+?)\.? (?:It )?is held by process (?P<pid>\d+) \((?P<who>[^)]*)\)", _lock),
    _known(r"No space left on device|You don't have enough free space|Disk quota exceeded", _full),
    _known(r"Read-only file system", _read_only),
    _known(
        r"is not valid yet \(invalid for another [^)]*\)|[Nn]ot live until [\w:-]+"
        r"|certificate (?:has expired or )?is not yet valid|is not (?:yet )?valid before",
        _clock,
    ),
    _known(
        r"is expired \(invalid since [^)]*\)|certificate has expired|EXPKEYSIG"
        r"|[Ee]xpired on [\w:-]+",
        _old,
    ),
    _known(
        r"Temporary failure resolving '([^']+)'|Could not resolve '([^']+)'"
        r"|Could not resolve host: (\S+)|lookup (\S+?)(?: on \S+)?: "
        r"|Temporary failure in name resolution|Name or service not known",
        _name,
    ),
    _known(r"NO_PUBKEY \w+|Missing key \w+|No public key|is not signed\.$", _key),
    _known(r"(?<=[: ]) ?[45]\d\d  ?[A-Z][\w ]+(?= \[IP: )", _refused),
    _known(
        r"Clearsigned file isn't valid|Hash Sum mismatch|File has unexpected size"
        r"|Splitting up \S+ into data and signature failed|Unable to parse package file",
        _nonsense,
    ),
    _known(
        r"[Cc]onnection refused|[Cc]onnection timed out|[Nn]o route to host|Network is unreachable"
        r"|Connection failed|TLS handshake timeout|i/o timeout|context deadline exceeded"
        r"|Could not connect to \S+|Unable to connect to \S+|Operation timed out"
        r"|Failed to connect to .*",
        _dead,
    ),
    _known(
        r"Unable to locate package (\S+)|Version '([^']+)' for '([^']+)' was not found"
        r"|Package '([^']+)' has no installation candidate",
        _absent,
    ),
    _known(
        r"dpkg: error processing (?:package|archive) (?P<name>\S+) \([^)]*\):\n(?P<why>.+)", _script
    ),
)

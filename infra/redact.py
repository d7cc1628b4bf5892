"""Text for strangers: names, addresses and identities replaced by placeholders that stay the same.

What people wrote themselves (a reason) is searched for the same words, and no more.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from infra.rotator import WATCH
from infra.site import Node

_UUID = re.compile(r"\b(GPU-)?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.I)
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d\.)\b")
_IPV6 = re.compile(
    r"(?<![\w:])(?:(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}|[0-9a-f:]*::[0-9a-f:]*)(?![\w:])", re.I
)
"""Four colons or a double one: a time of day and a PCI address have two."""
_PERSON = re.compile(r"(?<![\w./+-])[\w.+-]+@\w[\w.-]*\b")
_UNITS = (".service", ".socket", ".timer", ".slice")
"""Endings of systemd's units, which may have an @ as well."""
_DIGEST = re.compile(
    r"\b(sha256:)?[0-9a-f]{32,64}\b|\bSHA256:[\w+/]{43}=?|\bAAAA[BCE][\w+/]{16,}={0,2}"
)
"""Fingerprints of host keys and keys as they are written are as good as names."""
_FILES = (
    "asc|conf|d|deb|gguf|gpg|gz|html|json|ko|list|log|md|mount|path|py|safetensors|scope|service|"
    "sh|slice|so|socket|sources|target|timer|toml|txt|xml|ya?ml"
)
_END = rf"(?!(?:{_FILES})\b)[a-z]{{2,}}(?![\w-]|\.\w)"
_HOST = re.compile(
    r"(?<![\w./@~-])(?!(?:fs|kernel|net|vm|org\.freedesktop)\.)"
    rf"[a-z0-9-]+\.(?:(?:[a-z0-9-]+\.)+{_END}|{_END}(?=:\d))",
    re.I,
)
"""Names of hosts: of three parts, or of two before a port."""
_PATH = re.compile(
    r"(?<![\w/])/(?:home|root|Users|opt|srv|mnt|media|data|nfs|Volumes)/[^\s:;,)\"']+"
    r"|(?<![\w/.])~[\w.-]*/[^\s:;,)\"']+"
    r"|(?<![\w/.~-])[\w/.~-]*\w\.py\b"
)
"""What lies where people keep their own, and inventories wherever they are."""
_URL = re.compile(r"(?<=://)[^/\s\"']+")
_EVERYDAY = frozenset({"root", "admin", "debian", "deploy", "infra", "operator", "ubuntu"})
"""Logins that tell nobody who, and are words of our own sentences."""
_WHO = {"by": "<person>", "host": "<host>"}
"""Placeholder by key, of what records say in parts: `by` a person, at a `host`."""


def words_of(nodes: Sequence[Node], *, models: Sequence[str]) -> dict[str, str]:
    """Placeholder by word: nodes, their addresses and logins in the inventory's order, models.

    Admins and owners of waivers are among them.
    """
    found: dict[str, str] = {}
    for number, node in enumerate(nodes, start=1):
        found[node.address] = f"address-{number}"
        found[node.name] = f"{'spare' if node.spare else 'node'}-{number}"
    users = dict.fromkeys(str(node.connection.get("ssh_user", "root")) for node in nodes)
    found |= _numbered("user", users)
    found |= _numbered("person", (name for name in _people(nodes) if name not in users))
    return found | {model: f"model-{number}" for number, model in enumerate(models, start=1)}


def _numbered(kind: str, names: Iterable[str]) -> dict[str, str]:
    telling = [name for name in dict.fromkeys(names) if name.lower() not in _EVERYDAY]
    return {name: f"{kind}-{number}" for number, name in enumerate(telling, start=1)}


def _people(nodes: Sequence[Node]) -> Iterator[str]:
    """Who is named in what nodes are promised, whatever the role."""
    for node in nodes:
        yield from (waiver.owner for waiver in node.waivers)
        for settings in node.settings.values():
            yield from (admin.user for admin in getattr(settings, "admins", ()))


def redacted(value: Any, *, words: Mapping[str, str]) -> Any:  # noqa: ANN401
    """A text, or every text in what JSON holds, keys among them, with placeholders."""
    if isinstance(value, Mapping):
        return {
            redacted(key, words=words): _who(key, one) or redacted(one, words=words)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [redacted(one, words=words) for one in value]
    return _text(value, words) if isinstance(value, str) else value


def _who(key: str, value: Any) -> str:  # noqa: ANN401
    """The placeholder of who is named there; empty where nobody is, or a program of ours."""
    return _WHO.get(key, "") if isinstance(value, str) and value and value != WATCH else ""


def _text(text: str, words: Mapping[str, str]) -> str:
    for word in sorted(words, key=len, reverse=True):
        text = re.sub(rf"(?<![\w]){re.escape(word)}(?!\w)", words[word], text)
    text = _HOST.sub("<address>", _URL.sub("<address>", _PERSON.sub(_person, text)))
    text = _PATH.sub("<path>", text)
    text = _UUID.sub(lambda found: f"{found[1] or ''}<uuid>", text)
    return _DIGEST.sub("<digest>", _IPV6.sub("<address>", _IPV4.sub("<address>", text)))


def _person(found: re.Match[str]) -> str:
    return found[0] if found[0].endswith(_UNITS) else "<person>"

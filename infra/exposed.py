"""Secrets written where others read: in an address, a plain variable, an argument."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from infra.secrets import is_reference, texts

_PASSWORD = re.compile(r"\b(?:https?://[^/\s@]+@|[a-z][a-z0-9+.-]*://[^/\s:@]*:[^/\s@]+@)", re.I)
_TOKEN = re.compile(
    r"://\S*[?&](?:(?:access_|private_)?token|api_?key|sig|x-amz-signature|x-goog-signature)=.",
    re.I,
)
_SECRET_WORD = r"(?:token|password|passwd|secret|api[_-]key|secret[_-]key|access[_-]key)"
_VARIABLE = re.compile(rf"(?:.*[_-])?{_SECRET_WORD}", re.I)
_OPTION = re.compile(rf"--(?:[a-z0-9-]+-)?{_SECRET_WORD}", re.I)
_SEEN = "it would stand in argument lists, logs and files that others read"


def exposed(settings: Any, at: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every text that shows a secret: its dotted place, and a sentence that does not hold it."""
    found = [(place, text) for place, text in texts(settings, at) if not is_reference(text)]
    for place, text in found:
        sentence = _in_address(text) or _in_variable(place, text) or _in_option(text)
        if sentence:
            yield place, sentence
    for (option_at, option), (place, text) in pairwise(found):
        if _beside(option_at, place) and _OPTION.fullmatch(option) and not text.startswith("-"):
            yield place, f"is the secret of {option}; {_SEEN}; {_INSTEAD}"


_INSTEAD = "give it by reference, as a secret variable"


def _in_address(text: str) -> str | None:
    if _PASSWORD.search(text):
        return f"holds a login in its address; {_SEEN}; give the address without it"
    if _TOKEN.search(text):
        return f"holds a token in its address; {_SEEN}; give an address that needs none"
    return None


def _in_variable(place: str, text: str) -> str | None:
    name = place.rpartition(".")[2]
    if text and _VARIABLE.fullmatch(name):
        return f"looks like a secret; {_SEEN}; {_INSTEAD}"
    return None


def _in_option(text: str) -> str | None:
    option, given, value = text.partition("=")
    if given and value and _OPTION.fullmatch(option):
        return f"holds the secret of {option}; {_SEEN}; {_INSTEAD}"
    return None


def _beside(first: str, second: str) -> bool:
    """Whether two places are neighbours in one list."""
    whole, _, number = first.rpartition(".")
    return number.isdigit() and second == (f"{whole}.{int(number) + 1}" if whole else "")

"""What hosts and programs said, made fit to be read on a page: nothing in it acts, or hides."""

import re

from markupsafe import Markup, escape

from infra.masked import masked

SHOWN_LINES, SHOWN_CHARACTERS = 8, 900
"""How much of one text is shown before it is folded away."""
KEPT_CHARACTERS = 20_000
"""How much of one text is on a page at all; the rest is in the JSON."""

_NAMED = {0x7F: "\u2421", **{code: chr(0x2400 + code) for code in range(32) if code not in (9, 10)}}
_UNSEEN = (*range(0x80, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_TURNING = (0x200E, 0x200F, 0x061C, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Marks that turn about how what follows is read: text could be made to say what it does not."""
_PRINTED = {
    **_NAMED,
    **dict.fromkeys(_UNSEEN, "\ufffd"),
    **{code: f"\u27e8U+{code:04X}\u27e9" for code in _TURNING},
}
_TOGETHER = re.compile(r"([^\s,]+-[^\s,]+|\d[\d.]* (?:s|min|h)\b(?: \d+ (?:s|min)\b)?)")
_CODE = re.compile(r"`([^`]+)`")


def visible(text: str) -> str:
    """The text with secrets masked, and signs for what would be unseen or would turn it about."""
    return str(masked(text)).replace("\r\n", "\n").translate(_PRINTED)


def code(text: str) -> Markup:
    """The text with what stands between backticks as code."""
    pieces = _CODE.split(visible(text))
    return Markup("").join(
        Markup("<code>{}</code>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )


def unbroken(text: str) -> Markup:
    """The text, whose names with hyphens and whose times stay on one line where they fit on one."""
    pieces = _TOGETHER.split(visible(text))
    return Markup("").join(
        Markup("<span class=whole>{}</span>").format(piece) if at % 2 else escape(piece)
        for at, piece in enumerate(pieces)
    )


def shown(text: str) -> tuple[str, str]:
    """What to show of a text at once, and all of it when that is more; else empty."""
    whole = visible(text).strip()
    lines = whole.split("\n")
    first = "\n".join(lines[:SHOWN_LINES])[:SHOWN_CHARACTERS]
    if first == whole:
        return whole, ""
    left = len(whole) - KEPT_CHARACTERS
    kept = whole[:KEPT_CHARACTERS] + (f"\n… and {left} characters more" if left > 0 else "")
    return f"{first} …", kept

"""What a deploy says at its end, after its summary."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LastWords:
    """A role's proof that the whole does what it is for: `closing.py`'s `last_words(settings)`."""

    ok: bool
    text: str
    """One line: what was seen, or a sentence that says what went wrong."""
    seconds: float
    """How long it took."""

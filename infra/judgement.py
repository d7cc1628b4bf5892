"""What an ended check means: its word and its reason."""

import inspect
from typing import NoReturn

import pytest

from infra.masked import masked
from infra.secrets import SecretError
from infra.session import NoAnswerError
from infra.verdict import Word

_REASON_LINES = 6


class NotConcernedError(Exception):
    """A check says nothing of this host: what it would judge is not there, and need not be."""


def not_concerned(why: str) -> NoReturn:
    """End a check without a verdict: neither passed nor unproven."""
    raise NotConcernedError(why)


def of(raised: BaseException | None) -> tuple[Word, str] | None:
    """Word and reason of a check that ended in this exception; None: it ended well.

    A check that a host does not concern has neither.
    """
    if isinstance(raised, NotConcernedError):
        return None
    word, reason = _judged(raised)
    return word, str(masked(reason))


def _judged(raised: BaseException | None) -> tuple[Word, str]:
    if raised is None:
        return "passed", ""
    if isinstance(raised, AssertionError | pytest.fail.Exception):
        return "failed", _without_explanation(str(raised))
    if isinstance(raised, pytest.skip.Exception):
        return "unproven", str(raised.msg or "skipped without a reason")
    if isinstance(raised, NoAnswerError | SecretError):
        return "unproven", str(raised)
    return "unproven", f"check crashed: {type(raised).__name__} {raised}".rstrip()


def sentence_of(docstring: str | None) -> str:
    """A docstring's first sentence on one line, without its full stop."""
    paragraph = inspect.cleandoc(docstring or "").partition("\n\n")[0]
    return " ".join(paragraph.split()).partition(". ")[0].removesuffix(".")


def last_error(traceback: str) -> str:
    """What pytest's account of a file that it could not import comes down to."""
    lines = [line.strip() for line in traceback.splitlines() if line.strip()]
    errors = [line.removeprefix("E").strip() for line in lines if line.startswith("E  ")]
    return " ".join(errors or lines[-1:])


def _without_explanation(text: str) -> str:
    """An assert's own message; what pytest says of its operands only where it has none."""
    lines = text.splitlines() or ["the check failed without a word"]
    own = [at for at, line in enumerate(lines) if line.startswith("assert ")]
    kept = lines[: own[0]] if own and own[0] > 0 else lines
    return "\n".join(kept[:_REASON_LINES])

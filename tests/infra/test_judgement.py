"""What an ended check means."""

import pytest

from infra import judgement
from infra.secrets import SecretError
from infra.session import NoAnswerError


@pytest.mark.parametrize(
    ("raised", "word", "reason"),
    [
        (None, "passed", ""),
        (AssertionError("found 1, promised 2\nassert 1 == 2"), "failed", "found 1, promised 2"),
        (AssertionError("two\nlines\nassert 1\n +  where 1"), "failed", "two\nlines"),
        (
            AssertionError("assert 1 == 2\n +  where 1 = f()"),
            "failed",
            "assert 1 == 2\n +  where 1 = f()",
        ),
        (pytest.fail.Exception("swappiness is 60"), "failed", "swappiness is 60"),
        (AssertionError(), "failed", "the check failed without a word"),
        (AssertionError("\n".join("abcdefgh")), "failed", "a\nb\nc\nd\ne\nf"),
        (pytest.skip.Exception("GPU 0 is busy"), "unproven", "GPU 0 is busy"),
        (NoAnswerError("no answer within 60 s"), "unproven", "no answer within 60 s"),
        (SecretError("env:KEY: nothing there"), "unproven", "env:KEY: nothing there"),
        (TypeError("bad operand"), "unproven", "check crashed: TypeError bad operand"),
        (KeyError(), "unproven", "check crashed: KeyError"),
    ],
)
def test_how_a_check_ended_is_its_verdict(
    raised: BaseException | None, word: str, reason: str
) -> None:
    assert judgement.of(raised) == (word, reason)


def test_a_check_that_a_host_does_not_concern_has_no_verdict() -> None:
    with pytest.raises(judgement.NotConcernedError) as raised:
        judgement.not_concerned("there is one GPU")
    assert judgement.of(raised.value) is None


@pytest.mark.parametrize(
    ("docstring", "sentence"),
    [
        ("The driver is pinned.", "The driver is pinned"),
        ("Version 1.2 is on.\n\n    More.\n    ", "Version 1.2 is on"),
        ("It spans\n    two lines. And more.", "It spans two lines"),
        (None, ""),
    ],
)
def test_a_docstring_s_first_sentence_is_told(docstring: str | None, sentence: str) -> None:
    assert judgement.sentence_of(docstring) == sentence


def test_an_import_error_comes_down_to_its_last_word() -> None:
    account = (
        "ImportError while importing\nchecks.py:1: in <module>\nE   ModuleNotFoundError: No x\n"
    )
    assert judgement.last_error(account) == "ModuleNotFoundError: No x"
    assert judgement.last_error("one\n\ntwo\n") == "two"

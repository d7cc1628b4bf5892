"""Text of strangers on a page of ours."""

from collections.abc import Iterator

import pytest

from infra import secrets
from infra.page_text import KEPT_CHARACTERS, code, shown, unbroken, visible


@pytest.fixture
def secret() -> Iterator[str]:
    secrets.seen.add("hunter2hunter2")
    yield "hunter2hunter2"
    secrets.seen.discard("hunter2hunter2")


def test_control_characters_are_seen_and_do_nothing() -> None:
    assert visible("a\x1b[31mb\x00\x7f\tc\r\nd") == "a␛[31mb␀␡\tc\nd"


def test_what_cannot_be_encoded_is_replaced() -> None:
    assert visible("a\ud800b\x85\uffff").encode() == "a\ufffdb\ufffd\ufffd".encode()


def test_marks_that_turn_text_about_are_named() -> None:
    assert visible("passed\u202edeliaf") == "passed⟨U+202E⟩deliaf"


def test_right_to_left_letters_stay() -> None:
    assert visible("שלום") == "שלום"


def test_secrets_are_masked(secret: str) -> None:
    assert visible(f"key={secret}") == "key=(secret)"
    assert secret not in code(f"`{secret}`")
    assert secret not in shown(f"{secret}\n" * 20)[1]


def test_backticks_become_code_and_nothing_else_does() -> None:
    assert code("run `a <b>` & `c`") == "run <code>a &lt;b&gt;</code> &amp; <code>c</code>"


def test_a_lone_backtick_stays() -> None:
    assert code("it`s") == "it`s"


def test_short_text_is_shown_whole() -> None:
    assert shown(" one\ntwo \n") == ("one\ntwo", "")


def test_long_text_is_folded() -> None:
    first, whole = shown("\n".join(f"line {number}" for number in range(40)))
    assert first.splitlines()[-1] == "line 7 …"
    assert whole.splitlines()[-1] == "line 39"


def test_endless_text_is_cut_and_says_so() -> None:
    _, whole = shown("x" * (KEPT_CHARACTERS + 17))
    assert whole.endswith("… and 17 characters more")
    assert len(whole) < KEPT_CHARACTERS + 100


def test_times_are_kept_on_one_line() -> None:
    assert unbroken("in 1 h 02 min, or so") == "in <span class=whole>1 h 02 min</span>, or so"


def test_names_with_hyphens_are_kept_on_one_line_and_escaped() -> None:
    assert unbroken("gpu-6 <is> off") == "<span class=whole>gpu-6</span> &lt;is&gt; off"

import pytest

from infra.golden import Expect
from infra.golden_asking import Reply
from infra.golden_judging import differences, shortfalls

MAIN = Reply("The capital is Paris.")


def told(expect: Expect, text: str, main: Reply | None = MAIN) -> tuple[str, ...]:
    return shortfalls(expect, Reply(text), main=main)


@pytest.mark.parametrize(
    ("expect", "good", "bad", "why"),
    [
        (Expect(contains=("paris",)), "It is PARIS", "Lyon", '"paris" is not in it'),
        (Expect(regex=r"^\d+$"), "42", "42!", r"^\d+$ is not found in it"),
        (Expect(equals="Paris."), " Paris.\n", "Paris", 'it is not "Paris."'),
        (Expect(is_json=True), '{"a": [1]}', '{"a": ', "it is no JSON"),
        (Expect(same_as_main=0.9), "The capital is Paris!", "No idea", "like the main answer by"),
    ],
)
def test_what_an_answer_lacks_is_told(expect: Expect, good: str, bad: str, why: str) -> None:
    assert told(expect, good) == ()
    [said] = told(expect, bad)
    assert why in said


def test_everything_that_is_named_must_hold() -> None:
    expect = Expect(contains=("a", "b"), equals="c")
    assert len(told(expect, "x")) == 3


def test_without_a_main_answer_likeness_is_not_proven() -> None:
    expect = Expect(same_as_main=0.1)
    assert told(expect, "x", None) == ("there is nothing to compare it with: no other node serves",)
    assert "timed out" in told(expect, "x", Reply("", problem="timed out"))[0]


def test_no_answer_is_no_good_answer() -> None:
    assert shortfalls(Expect(contains=("",)), Reply("", problem="cut"), main=MAIN) == ("cut",)


def test_differences_are_lines() -> None:
    assert differences("a\nb", "a\nc")[3:] == (" a", "-b", "+c")
    assert differences("a", "a") == ()

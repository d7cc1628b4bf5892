import re

import pytest

from roles.load_balancer import keys

KEY = "sk-Ab.cd+ef/0123456789="


def patterns(text: str) -> dict[str, str]:
    return dict((row[1], row[0]) for row in re.findall(r'^"~(.*)" (.*);$', text, re.M))


def test_a_key_is_matched_exactly() -> None:
    found = patterns(keys.text({"team-a": KEY}))
    assert list(found) == ["team-a"]
    assert re.search(found["team-a"], f"Bearer {KEY}")
    assert re.search(found["team-a"], f"bearer {KEY}")
    for other in (KEY.upper(), f"{KEY}x", KEY.replace(".", "x"), KEY.replace("+", "d"), ""):
        assert not re.search(found["team-a"], f"Bearer {other}"), other


def test_good_keys_have_no_problem() -> None:
    assert keys.problems({"a": KEY, "b": f"{KEY}2"}) == []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"a": "qwerty"}, "load_balancer.api_keys.a: the key is shorter than 16 characters"),
        ({"a": 'x" evil; #0123456789'}, "has characters other than"),
        ({"a": "0123456789\n0123456789"}, "has characters other than"),
        ({"a": KEY, "b": KEY}, "a and b have one key"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_without_showing_it(
    given: dict[str, str], sentence: str
) -> None:
    [found] = keys.problems(given)
    assert sentence in found
    assert not any(key in found for key in given.values())


def test_a_client_may_have_two_keys_while_one_is_changed_for_the_other() -> None:
    found = keys.text({"team-a": (KEY, f"{KEY}2"), "team-b": "sk-another-key-0123"})
    assert [line.split()[-1] for line in found.splitlines()[1:]] == [
        "team-a;",
        "team-a;",
        "team-b;",
    ]
    [told] = keys.problems({"team-a": (KEY, f"{KEY}2"), "team-b": f"{KEY}2"})
    assert "team-a and team-b have one key" in told

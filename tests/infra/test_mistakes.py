"""Mistakes name the place, and the nearest word that is known."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from infra.mistakes import Mistake, SiteError, dotted, nearest, sentence


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    uri: str


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)
    version: str
    """Exact package version; never a branch."""
    mirror: Inner | None = None
    models: dict[Annotated[str, StringConstraints(pattern="^[a-z]+$")], Inner] = {}
    """Models by name."""
    suites: tuple[str, ...] = Field(default=("x",), min_length=1)
    own: bool | None = Field(default=None, alias="_own")
    """Whether it is one's own."""


def said(values: dict[str, object]) -> list[str]:
    try:
        Outer.model_validate(values)
    except ValidationError as wrong:
        return [sentence(error, Outer) for error in wrong.errors()]
    return []


def test_a_mistake_leaves_out_what_it_does_not_concern() -> None:
    assert str(Mistake(file="a.py", sentence="no such file")) == "a.py: no such file"
    assert str(Mistake("a.py", "is bad", host="h", key="r.k")) == "a.py: h: r.k: is bad"


def test_mistakes_are_told_once_and_in_order() -> None:
    one, two = Mistake("a.py", "one"), Mistake("a.py", "two")
    assert SiteError([two, one, two]).mistakes == (two, one)


def test_an_unknown_word_gets_the_nearest_known_one() -> None:
    assert nearest("gpu_drivr", {"gpu_driver", "base"}) == "; did you mean gpu_driver?"
    assert nearest("zzz", {"b", "a"}) == "; known: a, b"


def test_a_missing_setting_is_explained_by_its_manual() -> None:
    assert said({}) == ["is not given: Exact package version; never a branch."]


def test_an_unknown_setting_is_looked_up_where_it_stands() -> None:
    assert said({"version": "1", "verson": 2}) == ["no such setting; did you mean version?"]
    assert said({"version": "1", "mirror": {"uri": "x", "ury": "y"}}) == [
        "no such setting; did you mean uri?"
    ]
    assert said({"version": "1", "models": {"m": {"uri": "x", "urii": "y"}}}) == [
        "no such setting; did you mean uri?"
    ]


def test_pydantics_words_become_what_to_give() -> None:
    assert said({"version": "1", "suites": []}) == ["needs at least 1 item"]
    assert said({"version": "1", "suites": "x"}) == ["give a list"]
    assert said({"version": "1", "mirror": 5}) == ["give a dict: {name: value}"]
    assert said({"version": 1}) == ["give text in quotes: Exact package version; never a branch."]
    assert said({"version": "1", "_own": 7}) == ["give True or False: Whether it is one's own."]
    assert said({"version": "1", "ow": 7}) == ["no such setting; did you mean _own?"]


def test_a_wrong_name_in_a_dict_is_told() -> None:
    assert said({"version": "1", "models": {"M1": {"uri": "x"}}}) == [
        'the name "M1" does not fit ^[a-z]+$; give another: Models by name.'
    ]
    assert said({"version": "1", "models": {5: {"uri": "x"}}}) == [
        "the name 5: give text in quotes: Models by name."
    ]
    assert dotted(("models", "M1", "[key]"), "role") == "role.models.M1"

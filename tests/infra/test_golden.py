from pathlib import Path

import pytest

from infra import golden
from infra.mistakes import SiteError

GOOD = """\
- name: capital
  messages: [{role: user, content: 'What is the capital of France?'}]
  expect: {contains: Paris, same_as_main: 0.9}
- name: count
  model: big
  prompt: "1, 2, 3,"
  max_tokens: 4
  expect: {regex: "4", contains: ["4", "5"]}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "rack.golden.yaml"
    path.write_text(text)
    return path


def wrong(folder: Path, text: str) -> list[str]:
    with pytest.raises(SiteError) as said:
        golden.load(written(folder, text))
    return [str(one).removeprefix(f"{folder}/") for one in said.value.mistakes]


def test_the_file_lies_beside_the_inventory() -> None:
    assert golden.path_of(Path("inventories/rack.py")) == Path("inventories/rack.golden.yaml")


def test_one_text_or_several_may_be_asked_for(tmp_path: Path) -> None:
    first, second = golden.load(written(tmp_path, GOOD))
    assert (first.expect.contains, second.expect.contains) == (("Paris",), ("4", "5"))
    assert (first.temperature, first.max_tokens, second.max_tokens) == (0, 64, 4)


def test_every_mistake_is_told_with_its_line_and_name(tmp_path: Path) -> None:
    text = GOOD.replace('regex: "4"', 'regex: "(4"').replace(
        "Paris, same_as_main: 0.9", "Paris, x: 1"
    )
    assert wrong(tmp_path, text) == [
        "rack.golden.yaml:1: capital: expect.x: no such setting; known: "
        "contains, equals, is_json, regex, same_as_main",
        'rack.golden.yaml:4: count: expect.regex: "(4" is no regular expression: '
        "missing ), unterminated subpattern at position 0",
    ]


def test_a_name_is_given_once(tmp_path: Path) -> None:
    [told] = wrong(tmp_path, GOOD.replace("count", "capital"))
    assert told == "rack.golden.yaml:4: capital: name: names another prompt already"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no list"),
        ("a: b", "holds no list"),
        ("- name: a\n- [", "yaml:2: is no YAML"),
        ("- {name: a, prompt: b, expect: {}}", "a: expect: names nothing"),
        ("- {name: a, expect: {contains: b}}", "give either messages or prompt"),
        ("- {name: a, prompt: b}", "expect: is not given: What a good answer is like"),
        (f"- {{name: a, prompt: {'b' * 70_000}, expect: {{contains: c}}}}", "shorten it"),
        ("- just text", "give a dict"),
    ],
)
def test_what_is_no_question_is_refused(tmp_path: Path, text: str, told: str) -> None:
    [said] = wrong(tmp_path, text)
    assert told in said


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"a\.yaml: cannot be read: No such file"):
        golden.load(tmp_path / "a.yaml")

"""What roles asked is remembered, and a batch answers exactly what each would alone."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra import questions


def answers(texts: list[str]) -> list[tuple[str, ...] | None]:
    done = subprocess.run(
        ["sh", "-s"], input=questions.batch(texts), capture_output=True, text=True, check=True
    )
    return questions.batched(done.stdout.splitlines(), count=len(texts))


def test_a_batch_answers_each_command_by_itself() -> None:
    texts = ["printf 'a\\n\\n b'", "false", "exit 3", "cat", "echo err >&2; echo out", "true"]
    assert answers(texts) == [("a", "", " b"), None, None, (), ("out",), ()]


@given(st.lists(st.text("ab \n'\"$", max_size=12), max_size=4))
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    import shlex

    commands = [f"printf %s {shlex.quote(text)}" for text in texts]
    assert answers(commands) == [tuple(text.splitlines()) for text in texts]


def test_memory_survives_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    memory = questions.remembered(tmp_path / "rack.py")
    memory.keep("gpu-1", "base_system", [("", "uname"), ("root", "id")])
    memory.save()
    again = questions.remembered(tmp_path / "rack.py")
    assert again.of("gpu-1", "base_system") == [("", "uname"), ("root", "id")]
    assert again.of("gpu-1", "other") == []


def test_a_broken_memory_is_an_empty_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    memory = questions.remembered(tmp_path / "rack.py")
    memory.save()
    memory.path.write_text("{")
    assert questions.remembered(tmp_path / "rack.py").asked == {}


def test_a_role_that_asks_too_much_is_not_predicted(tmp_path: Path) -> None:
    memory = questions.Memory(path=tmp_path / "q")
    memory.keep("n", "r", [("", str(number)) for number in range(201)])
    assert memory.of("n", "r") == []


def test_what_a_login_shell_prints_moves_no_answer() -> None:
    script = questions.batch(["echo one", "echo two"])
    said = subprocess.run(["sh", "-s"], input=script, capture_output=True, text=True, check=True)
    lines = ["welcome", "Hi there all ok", *said.stdout.splitlines(), "answer x", "answer 1"]
    assert questions.batched(lines, count=3) == [("one",), ("two",), None]


@pytest.mark.parametrize("text", ["[]", '{"n": []}', '{"n": {"r": [1]}}', "3"])
def test_a_memory_of_another_shape_is_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    memory = questions.remembered(tmp_path / "rack.py")
    memory.save()
    memory.path.write_text(text)
    assert questions.remembered(tmp_path / "rack.py").asked == {}

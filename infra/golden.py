"""Golden prompts: questions with known good answers, in a YAML file beside the inventory."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from infra.mistakes import Mistake, SiteError, dotted, sentence

MOST_BYTES = 60_000
"""Longest question: it travels inside one shell command."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as wrong:
        raise ValueError(f'"{text}" is no regular expression: {wrong}') from None
    return text


def _several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


class _Given(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Expect(_Given):
    """What a good answer is like; everything that is named must hold."""

    contains: Annotated[tuple[str, ...], BeforeValidator(_several)] = ()
    """Pieces of text that are in the answer, whatever their case."""
    regex: Annotated[str, AfterValidator(_pattern)] | None = None
    """A regular expression that is found in the answer."""
    equals: str | None = None
    """The whole answer; spaces and line ends around it do not count."""
    is_json: bool = False
    """Whether the answer is JSON and nothing else."""
    same_as_main: float | None = Field(default=None, ge=0, le=1)
    """How like the answer of a node that serves already: 1 is the same text."""

    @model_validator(mode="after")
    def _something(self) -> "Expect":
        if self == Expect.model_construct():
            raise ValueError("names nothing; give contains, regex, equals, is_json or same_as_main")
        return self


class Message(_Given):
    """One message of a chat."""

    role: str
    """system, user or assistant."""
    content: str
    """What it says."""


class Prompt(_Given):
    """One question and what its answer must be like."""

    name: str = Field(min_length=1)
    """What reports call it."""
    model: str | None = None
    """Only asked where this model is served; always when not given."""
    messages: tuple[Message, ...] = ()
    """A chat to go on with."""
    prompt: str | None = None
    """A text to go on with, in place of messages."""
    max_tokens: int = Field(default=64, ge=1, le=4096)
    """Longest answer in tokens."""
    temperature: float = Field(default=0, ge=0, le=2)
    """0: the likeliest answer, the same each time."""
    expect: Expect
    """What a good answer is like."""

    @model_validator(mode="after")
    def _one_question(self) -> "Prompt":
        if bool(self.messages) == (self.prompt is not None):
            raise ValueError("give either messages or prompt")
        if len(str(self.messages).encode()) + len((self.prompt or "").encode()) > MOST_BYTES:
            raise ValueError(f"is longer than {MOST_BYTES} bytes; shorten it")
        return self


def path_of(inventory: Path) -> Path:
    """Path of an inventory's golden prompts: `rack.golden.yaml` beside `rack.py`."""
    return inventory.with_name(f"{inventory.stem}.golden.yaml")


def load(path: Path) -> tuple[Prompt, ...]:
    """The prompts of a file in their order; SiteError with every mistake of it."""
    try:
        text = path.read_text()
        found, lines = yaml.safe_load(text), _lines(text)
    except yaml.YAMLError as wrong:
        raise SiteError([_no_yaml(path, wrong)]) from wrong
    except (OSError, UnicodeDecodeError) as wrong:
        said = wrong.strerror if isinstance(wrong, OSError) and wrong.strerror else str(wrong)
        raise SiteError([Mistake(file=str(path), sentence=f"cannot be read: {said}")]) from wrong
    if not isinstance(found, list) or not found:
        told = "holds no list; write one entry a prompt: - name: …"
        raise SiteError([Mistake(file=str(path), sentence=told)])
    mistakes = [*_mistakes(found, path=path, lines=lines)]
    if mistakes:
        raise SiteError(mistakes)
    return tuple(Prompt.model_validate(entry) for entry in found)


def _no_yaml(path: Path, wrong: yaml.YAMLError) -> Mistake:
    mark = wrong.problem_mark if isinstance(wrong, yaml.MarkedYAMLError) else None
    said = getattr(wrong, "problem", None) or str(wrong).splitlines()[0]
    at = str(path) if mark is None else f"{path}:{mark.line + 1}"
    return Mistake(file=at, sentence=f"is no YAML: {said}")


def _lines(text: str) -> list[int]:
    """The line on which each entry of the list begins."""
    made = yaml.compose(text, Loader=yaml.SafeLoader)
    entries = made.value if isinstance(made, yaml.SequenceNode) else []
    return [entry.start_mark.line + 1 for entry in entries]


def _mistakes(found: Sequence[Any], *, path: Path, lines: Sequence[int]) -> Iterator[Mistake]:
    seen: dict[str, int] = {}
    for entry, line in zip(found, lines, strict=True):
        at, name = f"{path}:{line}", _name(entry)
        try:
            Prompt.model_validate(entry)
        except ValidationError as wrong:
            for error in wrong.errors():
                told = sentence(error, Prompt)
                yield Mistake(file=at, host=name, key=dotted(error["loc"]), sentence=told)
        if name and seen.setdefault(name, line) != line:
            yield Mistake(file=at, host=name, key="name", sentence="names another prompt already")


def _name(entry: object) -> str:
    return str(entry.get("name", "")) if isinstance(entry, Mapping) else ""

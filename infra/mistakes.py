"""Mistakes of an inventory, each as one line that says where, what and what to do."""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Mistake:
    """One mistake; host and key are empty where it concerns the whole file or host."""

    file: str
    sentence: str
    host: str = ""
    key: str = ""

    def __str__(self) -> str:
        """`file: host: role.key: sentence`."""
        return ": ".join(part for part in (self.file, self.host, self.key, self.sentence) if part)


class SiteError(Exception):
    """An inventory with mistakes: all that were found, before anything was touched."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        """Keep the mistakes in their order, each once."""
        self.mistakes = tuple(dict.fromkeys(mistakes))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def nearest(word: str, known: Collection[str]) -> str:
    """`; did you mean X?` for the nearest known word, else which words are known."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    if close:
        return f"; did you mean {close[0]}?"
    return f"; known: {', '.join(sorted(known))}" if known else ""


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What pydantic found wrong, in a sentence with what to do."""
    kind, location = error["type"], error["loc"]
    if kind == "missing":
        return f"is not given{_manual(model, location)}"
    if kind == "extra_forbidden":
        return f"no such setting{nearest(str(location[-1]), _siblings(model, location))}"
    if kind == "string_pattern_mismatch":
        return f'"{error["input"]}" does not fit{_manual(model, location)}'
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ")
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}{_manual(model, location)}"


def _manual(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """`: ` and the first line of a setting's docstring; nothing when it has none."""
    inner: type[BaseModel] | None = model
    for step in location[:-1]:
        inner = _model_at(inner, step)
    field = inner.model_fields.get(str(location[-1])) if inner is not None and location else None
    text = field.description if field is not None else None
    return f": {text.splitlines()[0]}" if text else ""


def _siblings(model: type[BaseModel], location: tuple[int | str, ...]) -> Collection[str]:
    inner: type[BaseModel] | None = model
    for step in location[:-1]:
        inner = _model_at(inner, step)
    return tuple(inner.model_fields) if inner is not None else ()


def _model_at(model: type[BaseModel] | None, step: int | str) -> type[BaseModel] | None:
    if model is None or not isinstance(step, str) or step not in model.model_fields:
        return model
    return _first_model(model.model_fields[step].annotation)


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = getattr(annotation, "__args__", ())
    return next((found for arg in inner if (found := _first_model(arg)) is not None), None)

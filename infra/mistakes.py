"""Mistakes of an inventory, each as one line that says where, what and what to do."""

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
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


_KEY = "[key]"
"""How pydantic marks an error in a key of a dict."""
_SHAPES = {
    "tuple_type": "give a list",
    "list_type": "give a list",
    "dict_type": "give a dict: {name: value}",
    "model_type": "give a dict: {name: value}",
    "invalid_key": "is no name; names of settings are text",
    "string_type": "give text in quotes",
    "bool_type": "give True or False",
    "bool_parsing": "give True or False",
    "int_type": "give a whole number",
    "int_parsing": "give a whole number",
    "int_from_float": "give a whole number",
    "float_type": "give a number",
    "float_parsing": "give a number",
}
"""What to give instead, by pydantic's name of the error."""
_BOUNDS = {
    "too_short": ("at least", "item"),
    "too_long": ("at most", "item"),
    "string_too_short": ("at least", "character"),
    "string_too_long": ("at most", "character"),
    "greater_than_equal": ("a number of at least", ""),
    "less_than_equal": ("a number of at most", ""),
}


def sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    """What pydantic found wrong, in a sentence with what to do."""
    kind, location = error["type"], error["loc"]
    if location and location[-1] == _KEY:
        return f"the name {_wrong_word(error)}{_manual(model, location[:-2])}"
    if kind == "missing":
        return f"is not given{_manual(model, location)}"
    if kind == "extra_forbidden":
        return f"no such setting{nearest(str(location[-1]), _siblings(model, location))}"
    if kind == "string_pattern_mismatch":
        return f'"{error["input"]}" does not fit{_manual(model, location)}'
    if kind == "value_error":
        return error["msg"].removeprefix("Value error, ")
    return f"{_said(error)}{_manual(model, location)}"


def dotted(location: Sequence[int | str], first: str = "") -> str:
    """Where pydantic found something, as `role.key.0`."""
    steps = [str(step) for step in location if step != _KEY]
    return ".".join([first, *steps] if first else steps)


def _said(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _SHAPES:
        return _SHAPES[kind]
    if kind in _BOUNDS:
        bound, noun = _BOUNDS[kind]
        return f"needs {bound} {_counted(context, noun)}"
    if kind == "literal_error":
        return f"give {context['expected']}"
    return f"{error['msg'][:1].lower()}{error['msg'][1:]}"


def _wrong_word(error: ErrorDetails) -> str:
    pattern = error.get("ctx", {}).get("pattern")
    if pattern is None:
        return f"{error['input']!r}: {_said(error)}"
    return f'"{error["input"]}" does not fit {pattern}; give another'


def _counted(context: Mapping[str, Any], noun: str) -> str:
    number = next(
        context[key] for key in ("min_length", "max_length", "ge", "le") if key in context
    )
    plural = "" if number == 1 or not noun else "s"
    return f"{number} {noun}{plural}".rstrip()


def _manual(model: type[BaseModel], location: tuple[int | str, ...]) -> str:
    """`: ` and the first line of a setting's docstring; nothing when it has none."""
    inner: type[BaseModel] | None = model
    for step in location[:-1]:
        inner = _model_at(inner, step)
    field = _fields(inner).get(str(location[-1])) if inner is not None and location else None
    text = field.description if field is not None else None
    return f": {text.splitlines()[0]}" if text else ""


def _siblings(model: type[BaseModel], location: tuple[int | str, ...]) -> Collection[str]:
    inner: type[BaseModel] | None = model
    for step in location[:-1]:
        inner = _model_at(inner, step)
    return tuple(_fields(inner)) if inner is not None else ()


def _model_at(model: type[BaseModel] | None, step: int | str) -> type[BaseModel] | None:
    fields = _fields(model) if model is not None else {}
    if not isinstance(step, str) or step not in fields:
        return model
    return _first_model(fields[step].annotation)


def _fields(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _first_model(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = getattr(annotation, "__args__", ())
    return next((found for arg in inner if (found := _first_model(arg)) is not None), None)

"""The lock beside an inventory: one file names every digest that its values refer to.

A value `lock:images.vllm` in `rack.py` is what `images: {vllm: …}` says in `rack.lock.yaml`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from infra.mistakes import Mistake, SiteError

PREFIX = "lock:"


def path_of(inventory: Path) -> Path:
    """Path of an inventory's lock file."""
    return inventory.with_name(f"{inventory.stem}.lock.yaml")


def read(inventory: Path) -> Mapping[str, Any] | None:
    """What an inventory's lock says; None when there is none, SiteError when it is no YAML map."""
    path = path_of(inventory)
    if not path.is_file():
        return None
    try:
        found = yaml.safe_load(path.read_text())
    except yaml.YAMLError as wrong:
        raise SiteError([Mistake(file=str(path), sentence=_no_yaml(wrong))]) from wrong
    except (OSError, UnicodeDecodeError) as wrong:
        said = str(wrong) if isinstance(wrong, UnicodeDecodeError) else wrong.strerror
        raise SiteError([Mistake(file=str(path), sentence=f"cannot be read: {said}")]) from wrong
    if not isinstance(found, dict):
        raise SiteError([Mistake(file=str(path), sentence="holds no map; write it anew")])
    return found


def _no_yaml(wrong: yaml.YAMLError) -> str:
    if isinstance(wrong, yaml.MarkedYAMLError) and wrong.problem_mark is not None:
        return f"line {wrong.problem_mark.line + 1}: is no YAML: {wrong.problem}"
    return f"is no YAML: {str(wrong).splitlines()[0]}"


def resolve(value: Any, lock: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A value with its `lock:` references replaced; those that lead nowhere stay as they are."""
    if isinstance(value, Mapping):
        return {key: resolve(inner, lock) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [resolve(inner, lock) for inner in value]
    if isinstance(value, str) and value.startswith(PREFIX):
        return _at(lock, value.removeprefix(PREFIX), otherwise=value)
    return value


def unresolved(value: Any) -> bool:  # noqa: ANN401
    """Whether a value is a reference that the lock did not answer."""
    return isinstance(value, str) and value.startswith(PREFIX)


def _at(lock: Mapping[str, Any], dotted: str, *, otherwise: str) -> Any:  # noqa: ANN401
    found: Any = lock
    for step in dotted.split("."):
        if not isinstance(found, Mapping) or step not in found:
            return otherwise
        found = found[step]
    return found

"""What a role is: a folder under `roles/` whose files are found by their names."""

import importlib
import importlib.util
import pkgutil
from dataclasses import dataclass
from types import ModuleType

from pydantic import BaseModel, ConfigDict

import roles


class Settings(BaseModel):
    """Settings of a role: frozen, unknown keys forbidden, a field's docstring is its manual."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
    )


@dataclass(frozen=True)
class Role:
    """One concern of a host: its name (folder, key in a host's data) and its settings."""

    name: str
    settings: type[Settings]
    gates: bool = True
    """Whether a node that breaks its promises is kept out of rotation: not so for records."""

    def part(self, file: str) -> ModuleType | None:
        """The role's module of that file name; None when the role has no such file."""
        name = f"roles.{self.name}.{file}"
        if importlib.util.find_spec(name) is None:
            return None
        return importlib.import_module(name)


def names() -> tuple[str, ...]:
    """Every role's name, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(roles.__path__)))


def load(name: str) -> Role:
    """The role of that name; ModuleNotFoundError when there is none."""
    role = importlib.import_module(f"roles.{name}").ROLE
    if not isinstance(role, Role):
        raise TypeError(f"roles/{name}/__init__.py: ROLE is no Role")
    return role

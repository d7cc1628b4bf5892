"""Templates only print: given values in, text out; an unknown name is an error."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent / "templates"
"""Folder of the templates, one folder a role."""


def render(template: str, **values: Any) -> str:  # noqa: ANN401
    """Text of `templates/<template>` with the given values.

    Raises jinja2's UndefinedError for a name that is not given. Ends in one newline.
    """
    return _environment().get_template(template).render(**values).rstrip("\n") + "\n"


def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(ROOT),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )

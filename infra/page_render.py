"""HTML pages from templates: every value is escaped, every text made visible, on its way in."""

from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from infra.page_text import code, unbroken, visible
from infra.templates import ROOT
from infra.wording import counted, duration


def render(template: str, **values: Any) -> str:  # noqa: ANN401
    """The page of `templates/<template>` with the given values; an unknown name is an error."""
    return _environment().get_template(template).render(**values).strip() + "\n"


def day(moment: datetime) -> str:
    """A day for people: `21 Nov`."""
    return f"{moment.day} {moment:%b}"


def stamp(moment: datetime) -> Markup:
    """A moment for people and machines: `Sat 21 Nov 2026, 03:12 UTC`."""
    text = f"{moment:%a} {moment.day} {moment:%b %Y, %H:%M %Z}".strip()
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat("T", "minutes"), text)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(ROOT),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        finalize=_printed,
    )
    made.filters.update(code=code, counted=counted, day=day, unbroken=unbroken)
    made.filters.update(duration=_unbroken_duration, stamp=stamp)
    return made


def _unbroken_duration(seconds: float) -> str:
    """Wall time for people, on one line."""
    return duration(seconds).replace(" ", "\u00a0")


def _printed(value: Any) -> Any:  # noqa: ANN401
    plain = isinstance(value, str) and not isinstance(value, Markup)
    return visible(value) if plain else value

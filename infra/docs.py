"""Every role's manual, generated from its settings."""

import textwrap
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import deploys
import roles
from infra import role
from infra.promise import deploy_names
from infra.role import Settings

BEGIN, END = "<!-- settings -->", "<!-- /settings -->"
_ROOT = Path(next(iter(roles.__path__)))


def refresh(*, write: bool) -> tuple[Path, ...]:
    """Role READMEs whose settings table differs from the code; written when asked."""
    stale = []
    for name in role.names():
        path = _ROOT / name / "README.md"
        text = path.read_text()
        fresh = with_table(text, table(role.load(name).settings))
        if fresh != text:
            stale.append(path)
            if write:
                path.write_text(fresh)
    return tuple(stale)


def with_table(text: str, rows: str) -> str:
    """A README with its generated table replaced; ValueError when the markers are missing."""
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} in it")
    return f"{head}{BEGIN}\n{rows}{END}{tail}"


def table(settings: type[Settings]) -> str:
    """Markdown table of a role's settings: name, type, default, meaning."""
    lines = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for name, field in settings.model_fields.items():
        default = (
            "required"
            if field.is_required()
            else _code(field.get_default(call_default_factory=True))
        )
        meaning = " ".join((field.description or "").split())
        lines.append(f"| `{name}` | {_type(field.annotation)} | {default} | {_cell(meaning)} |")
    return "\n".join(lines) + "\n"


def overview(*, width: int) -> str:
    """A paragraph a role, `width` columns wide: its name, purpose, and the deploys that have it."""
    margin = max(len(name) for name in role.names()) + 2
    return "\n".join(
        textwrap.fill(
            f"{_purpose(name)}  [{_users(name)}]",
            max(width, margin + 20),
            initial_indent=name.ljust(margin),
            subsequent_indent=" " * margin,
            break_on_hyphens=False,
        )
        for name in role.names()
    )


def _purpose(name: str) -> str:
    import importlib

    text = importlib.import_module(f"roles.{name}").__doc__ or ""
    return text.strip().splitlines()[0] if text.strip() else ""


def _users(name: str) -> str:
    import importlib

    modules = {
        kind: importlib.import_module(f"{deploys.__name__}.{kind}") for kind in deploy_names()
    }
    return (
        ", ".join(kind for kind, module in modules.items() if name in module.ROLES) or "no deploy"
    )


def _code(value: Any) -> str:  # noqa: ANN401
    if value is None:
        return "not given"
    shown = list(value) if isinstance(value, tuple) else value
    return _cell(f"`{shown!r}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _type(annotation: Any) -> str:  # noqa: ANN401
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        kinds = [_type(arg) for arg in get_args(annotation) if arg is not NoneType]
        return " or ".join(kinds)
    if origin is not None and str(origin) == "typing.Literal":
        return " or ".join(f'"{arg}"' for arg in get_args(annotation))
    if origin is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if origin in (dict,) or "Mapping" in str(origin):
        return f"dict of {_type(get_args(annotation)[1])}"
    return str(getattr(annotation, "__name__", annotation))

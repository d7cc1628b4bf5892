"""Reads a plain pyinfra inventory file with its `group_data/`, without pyinfra."""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.mistakes import Mistake, SiteError


@dataclass(frozen=True)
class HostEntry:
    """One host as the files say: its groups in order, and its data from low to high precedence."""

    name: str
    groups: tuple[str, ...]
    layers: tuple[Mapping[str, Any], ...] = field(repr=False)


def read(path: Path, *, deploys: Collection[str] = ()) -> tuple[HostEntry, ...]:
    """The hosts of an inventory in its order; SiteError with a sentence when it cannot be read.

    What is named like one of the deploys is meant to be a group, and refused when it is none.
    """
    scope = _execute(path)
    malformed = [_about(path, text) for text in _malformed(scope, deploys=deploys)]
    if malformed:
        raise SiteError(malformed)
    groups = dict(_groups(scope))
    listed, all_data = groups.pop("all", (None, {}))
    groups.setdefault(path.stem, (_names(groups) if listed is None else listed, {}))
    data = _group_data(path)
    names = _names(groups)
    _refuse_lost(path, names=names, listed=listed)
    if not names:
        raise SiteError([_about(path, "names no host; a group is a list: gpu_nodes = [...]")])
    shared = {**all_data, **data.get("all", {})}
    return tuple(_entry(name, groups=groups, data=data, shared=shared) for name in names)


Groups = dict[str, tuple[list[Any], dict[str, Any]]]


def _entry(
    name: str, *, groups: Groups, data: Mapping[str, dict[str, Any]], shared: dict[str, Any]
) -> HostEntry:
    member = [group for group, (hosts, _) in groups.items() if name in map(_name, hosts)]
    of_groups = [{**groups[group][1], **data.get(group, {})} for group in member]
    own = [host[1] for group in member for host in groups[group][0] if _is_own(host, name)]
    return HostEntry(name=name, groups=tuple(member), layers=(shared, *of_groups, *own))


def _is_own(host: Any, name: str) -> bool:  # noqa: ANN401
    return isinstance(host, tuple) and host[0] == name


def _names(groups: Groups) -> list[str]:
    return list(dict.fromkeys(_name(host) for hosts, _ in groups.values() for host in hosts))


def _name(host: Any) -> str:  # noqa: ANN401
    return str(host[0] if isinstance(host, tuple) else host)


def _refuse_lost(path: Path, *, names: list[str], listed: list[Any] | None) -> None:
    if listed is None:
        return
    kept = {_name(host) for host in listed}
    lost = [name for name in names if name not in kept]
    if lost:
        text = "is in a group but not in `all`, so pyinfra leaves it out; add it to `all`"
        raise SiteError([Mistake(file=str(path), host=name, sentence=text) for name in lost])


def _execute(path: Path) -> dict[str, Any]:
    if path.is_dir():
        raise SiteError([_about(path, "is a folder; give an inventory file (name.py) of it")])
    if not path.is_file():
        raise SiteError([_about(path, "no such file")])
    if path.suffix != ".py":
        raise SiteError([_about(path, "an inventory is a Python file (name.py), as pyinfra's are")])
    scope: dict[str, Any] = {"__file__": str(path), "__name__": f"inventory:{path.stem}"}
    try:
        exec(compile(path.read_text(), str(path), "exec"), scope)
    except SyntaxError as wrong:
        raise SiteError([_about(path, f"line {wrong.lineno}: {wrong.msg}")]) from wrong
    except (Exception, SystemExit) as wrong:
        where = _line_in(path, wrong)
        said = f"{type(wrong).__name__}: {wrong}"
        raise SiteError([_about(path, f"{where}cannot be read: {said}")]) from wrong
    return scope


def _line_in(path: Path, wrong: BaseException) -> str:
    trace, line = wrong.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f"line {line}: " if line is not None else ""


def _groups(scope: Mapping[str, Any]) -> Iterator[tuple[str, tuple[list[Any], dict[str, Any]]]]:
    for name, value in scope.items():
        hosts, data = value if _is_pair(value) else (value, {})
        if not name.startswith("_") and isinstance(hosts, list) and all(map(_is_host, hosts)):
            yield name, (hosts, data)


_HOST = '("name", {key: value})'


def _malformed(scope: Mapping[str, Any], *, deploys: Collection[str]) -> Iterator[str]:
    """What is meant to be a group and is none, for pyinfra ignores it or reads letters as hosts."""
    for name, value in scope.items():
        hosts = value[0] if _is_pair(value) else value
        if name.startswith("_") or not isinstance(value, list | tuple | str | dict | set):
            continue
        if name in deploys or _holds_host(value) or _holds_host(hosts):
            yield from _faults(name, hosts, is_host=_is_pair(value) and isinstance(hosts, str))


def _faults(name: str, hosts: Any, *, is_host: bool) -> Iterator[str]:  # noqa: ANN401
    if is_host:
        yield f"{name}: is one host; a group is a list of hosts: {name} = [{_HOST}]"
    elif not isinstance(hosts, list):
        kind = type(hosts).__name__
        yield f"{name}: is a {kind}; a group is a list of hosts, or ([hosts], {{key: value}})"
    else:
        for number, item in enumerate(hosts, start=1):
            if not _is_host(item):
                which = f"item {number}{_called(item)}"
                yield f'{name}: {which} is no host; a host is "name" or {_HOST}'


def _holds_host(value: Any) -> bool:  # noqa: ANN401
    items = (value, *value) if isinstance(value, list | tuple) else ()
    return any(isinstance(item, tuple) and _is_host(item) for item in items)


def _called(item: Any) -> str:  # noqa: ANN401
    """What a malformed item may be called; nothing that could be a secret."""
    named = isinstance(item, list | tuple) and item and isinstance(item[0], str)
    return f' ("{item[0]}", …)' if named else f" ({type(item).__name__})"


def _is_pair(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, tuple) and len(value) == 2 and isinstance(value[1], dict)


def _is_host(item: Any) -> bool:  # noqa: ANN401
    named = isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], dict)
    return isinstance(item, str) or (named and isinstance(item[0], str))


def _group_data(path: Path) -> dict[str, dict[str, Any]]:
    folders = dict.fromkeys((Path.cwd() / "group_data", path.resolve().parent / "group_data"))
    found: dict[str, dict[str, Any]] = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        found.setdefault(file.stem, {}).update(_exported(file))
    return found


def _exported(file: Path) -> dict[str, Any]:
    scope = _execute(file)
    imported = _imported(file)
    names = scope.get("__all__", [name for name in scope if name not in imported])
    return {name: scope[name] for name in names if not name.startswith("__")}


def _imported(file: Path) -> set[str]:
    nodes = [
        node
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    return {(name.asname or name.name).split(".")[0] for node in nodes for name in node.names}


def _about(path: Path, sentence: str) -> Mistake:
    return Mistake(file=str(path), sentence=sentence)

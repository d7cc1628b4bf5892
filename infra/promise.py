"""What one host is promised: its deploys, its roles in order, their validated settings."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

import deploys
from infra import lock, role
from infra.connection import KEYS, connection_of, problems
from infra.inventory import HostEntry
from infra.lab.spec import LabEntry
from infra.mistakes import Mistake, nearest, sentence
from infra.role import Settings


@dataclass
class Promise:
    """What was read of one host, with every mistake in it."""

    host: str
    file: Path
    address: str
    deploys: tuple[str, ...] = ("",)
    settings: dict[str, Settings] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict)
    lab: LabEntry | None = None
    mistakes: list[Mistake] = field(default_factory=list)
    unlocked: list[Mistake] = field(default_factory=list)

    def wrong(self, key: str, text: str) -> Mistake:
        """A mistake of this host."""
        return Mistake(file=str(self.file), host=self.host, key=key, sentence=text)


def of(entry: HostEntry, *, file: Path, lock: Mapping[str, Any]) -> Promise:
    """The promise made to a host by its groups' deploys and its data."""
    data = merged(entry.layers)
    address = str(data.get("ssh_hostname") or entry.name)
    made = Promise(host=entry.name, file=file, address=address)
    made.deploys = _deploys(entry, made)
    roles = _roles(made.deploys)
    made.mistakes += _unknown_keys(data, made, roles=roles)
    made.mistakes += [made.wrong(key, text) for key, text in problems(entry.name, data)]
    made.connection = connection_of(data, inventory=file)
    made.lab = _lab(data, made)
    for name in roles:
        _promise_role(name, data.get(name, {}), made, lock=lock)
    return made


def merged(layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Data of all layers, later ones winning; a role's settings are merged key by key."""
    found: dict[str, Any] = {}
    for key, value in (item for layer in layers for item in layer.items()):
        before = found.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = {**before, **value} if both and before is not None else value
    return found


def deploy_names() -> tuple[str, ...]:
    """Every deploy's name, in alphabetical order."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(deploys.__path__)))


def _deploys(entry: HostEntry, made: Promise) -> tuple[str, ...]:
    known = deploy_names()
    claimed = tuple(group for group in entry.groups if group in known)
    if not claimed:
        text = f"no deploy claims it; put it in a group named after one: {', '.join(known)}"
        made.mistakes.append(made.wrong("", text))
    return claimed or ("",)


def _roles(claimed: Sequence[str]) -> tuple[str, ...]:
    modules = (importlib.import_module(f"deploys.{name}") for name in claimed if name)
    return tuple(dict.fromkeys(name for module in modules for name in module.ROLES))


def _unknown_keys(
    data: Mapping[str, Any], made: Promise, *, roles: Sequence[str]
) -> Iterator[Mistake]:
    known = {*role.names(), *KEYS, "lab"}
    for key in data:
        if key not in known and not key.startswith("_"):
            which = " and ".join(name for name in made.deploys if name) or "this host"
            near = nearest(key, {*roles, *KEYS, "lab"})
            yield made.wrong(key, f"no such role for {which}{near}")


def _lab(data: Mapping[str, Any], made: Promise) -> LabEntry | None:
    if "lab" not in data:
        return None
    try:
        return LabEntry.model_validate(data["lab"])
    except ValidationError as wrong:
        made.mistakes += [
            made.wrong(_dotted("lab", error["loc"]), sentence(error, LabEntry))
            for error in wrong.errors()
        ]
        return None


def _promise_role(name: str, given: Any, made: Promise, *, lock: Mapping[str, Any]) -> None:  # noqa: ANN401
    model = role.load(name).settings
    if not isinstance(given, Mapping):
        made.mistakes.append(made.wrong(name, "settings are a dict: {key: value}"))
        return
    values = _resolved(given, lock)
    waiting = dict(_waiting(values))
    made.unlocked += [_unlocked(made, _dotted(name, at), text) for at, text in waiting.items()]
    try:
        made.settings[name] = model.model_validate(values)
    except ValidationError as wrong:
        made.mistakes += [
            made.wrong(_dotted(name, error["loc"]), sentence(error, model))
            for error in wrong.errors()
            if not _is_waiting(error["loc"], waiting)
        ]


def _resolved(given: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(lock.resolve(given, found))


def _waiting(
    value: Any,  # noqa: ANN401
    at: tuple[int | str, ...] = (),
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    if lock.unresolved(value):
        yield at, value
    pairs = value.items() if isinstance(value, Mapping) else ()
    items = enumerate(value) if isinstance(value, list) else pairs
    for key, inner in items:
        yield from _waiting(inner, (*at, key))


def _is_waiting(
    location: tuple[int | str, ...], waiting: Mapping[tuple[int | str, ...], str]
) -> bool:
    """Whether an error is about a reference, or about a whole that holds one."""
    return any(location[: len(at)] == at or at[: len(location)] == location for at in waiting)


def _unlocked(made: Promise, key: str, reference: str) -> Mistake:
    where = lock.path_of(made.file).name
    return made.wrong(key, f"{reference} is not in {where}; lock it there")


def _dotted(first: str, location: Sequence[int | str]) -> str:
    return ".".join([first, *(str(step) for step in location)])

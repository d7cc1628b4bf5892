"""What one host is promised: its deploys, its roles in order, their validated settings."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

import deploys
from infra import lock, pending, role, waivers
from infra.connection import KEYS, connection_of, problems
from infra.exposed import exposed
from infra.inventory import HostEntry
from infra.lab.spec import LabEntry, unfit
from infra.mistakes import Mistake, dotted, nearest, sentence
from infra.role import Settings
from infra.waivers import Waiver


@dataclass
class Promise:
    """What was read of one host, with every mistake in it."""

    host: str
    file: Path
    address: str
    deploys: tuple[str, ...] = ("",)
    roles: tuple[str, ...] = ()
    settings: dict[str, Settings] = field(default_factory=dict)
    """Validated settings by role; a role that has mistakes, or waits for a lock, is not here."""
    stood_in: dict[str, Settings] = field(default_factory=dict)
    """Settings of such roles with something fitting in place of what is not known."""
    connection: Mapping[str, Any] = field(default_factory=dict)
    lab: LabEntry | None = None
    waivers: tuple[Waiver, ...] = ()
    mistakes: list[Mistake] = field(default_factory=list)
    unlocked: list[Mistake] = field(default_factory=list)
    in_lab: bool = False
    """Whether the lab is asked to start it, be it in words that are mistaken."""

    def wrong(self, key: str, text: str) -> Mistake:
        """A mistake of this host."""
        return Mistake(file=str(self.file), host=self.host, key=key, sentence=text)


def of(entry: HostEntry, *, file: Path, lock: Mapping[str, Any]) -> Promise:
    """The promise made to a host by its groups' deploys and its data."""
    data = merged(entry.layers)
    address = str(data.get("ssh_hostname") or entry.name)
    made = Promise(host=entry.name, file=file, address=address, in_lab="lab" in data)
    made.deploys = _deploys(entry, made)
    made.roles = _roles(made.deploys, data)
    made.mistakes += _unknown_keys(data, made)
    made.mistakes += [made.wrong(key, text) for key, text in problems(entry.name, data)]
    made.connection = connection_of(data, inventory=file)
    made.lab = _lab(data, made)
    made.waivers = _waivers(data, made)
    for name in made.roles:
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


def _roles(claimed: Sequence[str], data: Mapping[str, Any]) -> tuple[str, ...]:
    """The deploys' roles in order; one that is optional is there when the host's data names it."""
    modules = [importlib.import_module(f"deploys.{name}") for name in claimed if name]
    wanted = dict.fromkeys(name for module in modules for name in module.ROLES)
    optional = {name for module in modules for name in getattr(module, "OPTIONAL", ())}
    return tuple(name for name in wanted if name in data or name not in optional)


def _unknown_keys(data: Mapping[str, Any], made: Promise) -> Iterator[Mistake]:
    known = {*role.names(), *KEYS, "lab", waivers.KEY}
    which = " and ".join(name for name in made.deploys if name) or "this host"
    for key in data:
        if not isinstance(key, str):
            yield made.wrong(str(key), "is no name; keys of a host's data are text")
        elif key not in known and not key.startswith("_"):
            near = nearest(key, {*made.roles, *KEYS, "lab"})
            yield made.wrong(key, f"no such role or connection setting for {which}{near}")


def _lab(data: Mapping[str, Any], made: Promise) -> LabEntry | None:
    if not made.in_lab:
        return None
    made.mistakes += [made.wrong(key, text) for key, text in unfit(made.host, made.address)]
    try:
        return LabEntry.model_validate(data["lab"])
    except ValidationError as wrong:
        made.mistakes += _told(wrong, LabEntry, made, key="lab")
        return None


def _waivers(data: Mapping[str, Any], made: Promise) -> tuple[Waiver, ...]:
    try:
        given = waivers.read(data)
        made.mistakes += [made.wrong(*found) for found in waivers.astray(given, made.roles)]
        return given
    except ValidationError as wrong:
        made.mistakes += _told(wrong, Waiver, made, key=waivers.KEY)
        return ()


def _promise_role(name: str, given: Any, made: Promise, *, lock: Mapping[str, Any]) -> None:  # noqa: ANN401
    model = role.load(name).settings
    if not isinstance(given, Mapping):
        made.mistakes.append(made.wrong(name, "settings are a dict: {key: value}"))
        return
    values = _resolved(given, lock)
    waiting = dict(pending.waiting(values))
    made.unlocked += [_unlocked(made, dotted(at, name), text) for at, text in waiting.items()]
    try:
        settings = model.model_validate(values)
        made.settings |= {} if waiting else {name: settings}
        made.mistakes += [made.wrong(at, text) for at, text in exposed(settings, name)]
        errors = []
    except ValidationError as wrong:
        made.mistakes += _told(wrong, model, made, key=name, waiting=waiting)
        errors = wrong.errors()
    if waiting or errors:
        extra = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
        known = {error["loc"] for error in errors if error["type"] != "extra_forbidden"}
        places = {*waiting, *(at for at in known if not pending.concerns(at, waiting))}
        filled = pending.stood_in(values, places=places, model=model, without=extra)
        made.stood_in |= {name: filled} if filled is not None else {}


def _resolved(given: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return dict(lock.resolve(given, found))


def _told(
    wrong: ValidationError,
    model: type[BaseModel],
    made: Promise,
    *,
    key: str,
    waiting: Mapping[pending.Location, str] | None = None,
) -> Iterator[Mistake]:
    for error in wrong.errors():
        if not pending.concerns(error["loc"], waiting or {}):
            yield made.wrong(dotted(error["loc"], key), sentence(error, model))


def _unlocked(made: Promise, key: str, reference: str) -> Mistake:
    where = lock.path_of(made.file).name
    return made.wrong(key, f"{reference} is not in {where}; lock it there")

"""The lab's hosts together: made, booted, removed, side by side."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from infra.lab import (
    access,
    base,
    certificates,
    cgroups,
    hardware,
    host,
    known_hosts,
    mounts,
    network,
    place,
)
from infra.lab.emulated import machine
from infra.lab.spec import LabHost

Say = Callable[[str], None]
"""Takes one line for the user."""
Bases = Mapping[str, Path]
"""Root file system by Debian suite."""
_T = TypeVar("_T")
_R = TypeVar("_R")


def bases(suites: Iterable[str], say: Say) -> Bases:
    """The root file systems of these suites, built where they are not cached."""
    chosen = list(suites)
    return dict(zip(chosen, _each(lambda suite: base.base(suite, say), chosen), strict=True))


def up(hosts: Sequence[LabHost], bases: Bases, say: Say) -> None:
    """Have hosts that take logins: made when missing or changed, booted when not running."""
    cgroups.hand_down()
    missing = [each for each in hosts if host.made(each.name) != each]
    if missing:
        say(f"Making {names(missing)} …")
        _make(missing, bases, say)
    stopped = [each for each in hosts if not _is_running(each)]
    if stopped:
        say(f"Booting {names(stopped)} …")
        _each(_start, stopped)
    host.wait_ready([each for each in hosts if each.kind == "container"])
    machine.wait_ready([each for each in hosts if each.kind == "emulated"])


def make_room(hosts: Sequence[LabHost], say: Say) -> None:
    """Remove hosts of another inventory that have the addresses of these."""
    wanted = {each.address: each.name for each in hosts}
    for name in host.names():
        other = host.made(name)
        if other is not None and wanted.get(other.address, name) != name:
            say(f"Removing {name}: {wanted[other.address]} has its address {other.address} now")
            remove(name)


def remove(name: str) -> None:
    """Remove one host with its network and its pinned key."""
    made = host.made(name)
    host.remove(name)
    network.remove(name)
    if made is not None:
        known_hosts.forget([made.address])


def remove_all(say: Say) -> None:
    """Remove every host, running, left over or unfinished, and the memory that they lay on."""
    found = sorted({*host.names(), *cgroups.names()})
    if found:
        say(f"Stopping {', '.join(found)} …")
    _each(host.remove, found)
    mounts.unmount(place.HOSTS)
    place.KNOWN_HOSTS.unlink(missing_ok=True)


def names(hosts: Sequence[LabHost]) -> str:
    """Names of hosts, for a sentence."""
    return ", ".join(each.name for each in hosts)


def _make(hosts: Sequence[LabHost], bases: Bases, say: Say) -> None:
    login_key, ca = access.ensure(), certificates.ensure().ca.read_text()

    def make(each: LabHost) -> str:
        if each.kind == "emulated":
            return machine.make(each, login_key=login_key, ca=ca, say=say)
        root = bases[base.suite_of(each.os)]
        key = host.make(each, base=root, login_key=login_key, ca=ca)
        hardware.render(each, host.folder(each.name) / "hardware")
        return key

    keys = _each(make, hosts)
    known_hosts.pin({each.address: key for each, key in zip(hosts, keys, strict=True)})
    _each(host.finish, hosts)


def _is_running(each: LabHost) -> bool:
    if each.kind == "emulated":
        return machine.is_running(each.name)
    return host.is_running(each.name)


def _start(each: LabHost) -> None:
    if each.kind == "emulated":
        machine.start(each)
    else:
        host.start(each.name)


def _each(function: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Results of a function for each item, in order, side by side."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(function, items))

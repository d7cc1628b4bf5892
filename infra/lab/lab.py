"""The lab as a whole: hosts on this machine with all that they are made of and served by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from infra.lab import (
    access,
    base,
    certificates,
    cgroups,
    engine_image,
    files,
    hardware,
    host,
    known_hosts,
    lock_file,
    mirror,
    mounts,
    network,
    place,
    registry,
    requirements,
    tools,
    web,
)
from infra.lab.access import ssh_command
from infra.lab.engine_image import ImageLock
from infra.lab.exclusive import exclusive
from infra.lab.files import ModelFile
from infra.lab.lock_file import Made
from infra.lab.shell import LabError
from infra.lab.spec import LabHost
from infra.lab.status import LabStatus, all_simulated, status

__all__ = ["LabStatus", "down", "reset", "ssh_command", "status", "up"]

Say = Callable[[str], None]
"""Takes one line for the user."""
Bases = Mapping[str, Path]
"""Root file system by Debian suite."""
_T = TypeVar("_T")
_R = TypeVar("_R")


def up(hosts: Sequence[LabHost], *, lock_path: Path, say: Say) -> None:
    """Have these hosts and the lab's services up, doing only what is missing; writes the lock.

    Raises LabError with what is in the way. Hosts that the inventory has changed are made anew.
    """
    requirements.require_root()
    requirements.refuse_unfit(hosts)
    with exclusive(say):
        requirements.refuse_small_machine()
        tools.ensure(say)
        network.refuse_conflicts()
        bases, layout, models = _build(say)
        served = mirror.build(say, statuses=_package_states(bases))
        mounts.memory_up(mib=requirements.memory_for_hosts())
        _make_room(hosts, say)
        network.up(hosts)
        image = _serve(layout, say)
        _hosts_up(hosts, bases, say)
        lock_file.write(lock_path, Made(served, image, models, all_simulated(hosts)))


def down(say: Say) -> None:
    """Stop every host and service and free mounts, namespaces, control groups and the route."""
    requirements.require_root()
    with exclusive(say):
        names = {*host.names(), *cgroups.names()}
        if names:
            say(f"Stopping {', '.join(sorted(names))} …")
        _each(host.remove, sorted(names))
        web.stop()
        registry.stop()
        mounts.unmount(place.HOSTS)
        network.down()


def reset(name: str, hosts: Sequence[LabHost], say: Say) -> None:
    """Make one host anew from its base, with new SSH host keys, and leave the others alone."""
    requirements.require_root()
    chosen = [each for each in hosts if each.name == name]
    if not chosen:
        raise LabError(f"there is no lab host {name}; there are {_names(hosts)}")
    requirements.refuse_unfit(chosen)
    with exclusive(say):
        tools.ensure(say)
        mounts.memory_up(mib=requirements.memory_for_hosts())
        host.remove(name)
        network.up(chosen)
        _hosts_up(chosen, _bases([base.suite_of(chosen[0].os)], say), say)


def _build(say: Say) -> tuple[Bases, Path, tuple[ModelFile, ...]]:
    """What needs no running lab, built side by side where it is not cached.

    All bases, whichever of them the hosts need: what the mirror holds depends on them.
    """
    with ThreadPoolExecutor() as pool:
        bases = pool.submit(_bases, mirror.COMPONENTS, say)
        served = pool.submit(lambda: (engine_image.prepare(say), files.ensure(say)))
        return bases.result(), *served.result()


def _bases(suites: Iterable[str], say: Say) -> Bases:
    chosen = list(suites)
    return dict(zip(chosen, _each(lambda suite: base.base(suite, say), chosen), strict=True))


def _package_states(bases: Bases) -> Mapping[str, Path]:
    return {suite: root / "var/lib/dpkg/status" for suite, root in bases.items()}


def _serve(layout: Path, say: Say) -> ImageLock:
    web.start(say)
    registry.start(say)
    return engine_image.publish(layout)


def _make_room(hosts: Sequence[LabHost], say: Say) -> None:
    """Remove hosts of another inventory that have the addresses of these."""
    wanted = {each.address: each.name for each in hosts}
    for name in host.names():
        other = host.made(name)
        if other is not None and wanted.get(other.address, name) != name:
            say(f"Removing {name}: {wanted[other.address]} has its address {other.address} now")
            host.remove(name)
            network.remove(name)


def _hosts_up(hosts: Sequence[LabHost], bases: Bases, say: Say) -> None:
    """Have hosts that take logins: made when missing or changed, booted when not running."""
    missing = [each for each in hosts if host.made(each.name) != each]
    if missing:
        say(f"Making {_names(missing)} …")
        _make(missing, bases)
    stopped = [each for each in hosts if not host.is_running(each.name)]
    if stopped:
        say(f"Booting {_names(stopped)} …")
        _each(lambda each: host.start(each.name), stopped)
    host.wait_ready(hosts)


def _make(hosts: Sequence[LabHost], bases: Bases) -> None:
    login_key, ca = access.ensure(), certificates.ensure().ca.read_text()

    def make(each: LabHost) -> str:
        root = bases[base.suite_of(each.os)]
        key = host.make(each, base=root, login_key=login_key, ca=ca)
        hardware.render(each, host.folder(each.name) / "hardware")
        return key

    keys = _each(make, hosts)
    known_hosts.pin({each.address: key for each, key in zip(hosts, keys, strict=True)})
    _each(host.finish, hosts)


def _names(hosts: Sequence[LabHost]) -> str:
    return ", ".join(each.name for each in hosts)


def _each(function: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
    """Results of a function for each item, in order, side by side."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(function, items))

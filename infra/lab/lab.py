"""The lab as a whole: hosts on this machine with all that they are made of and served by."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.lab import (
    abilities,
    base,
    cgroups,
    engine_image,
    files,
    host,
    hosts,
    lock_file,
    mirror,
    mounts,
    network,
    probe_image,
    registry,
    requirements,
    simulated,
    tools,
    watches,
    web,
)
from infra.lab.access import ssh_command
from infra.lab.engine_image import ImageLock
from infra.lab.exclusive import exclusive
from infra.lab.files import ModelFile
from infra.lab.hosts import Bases, Say
from infra.lab.lock_file import Made
from infra.lab.mirror import Mirror
from infra.lab.shell import LabError
from infra.lab.spec import LabHost
from infra.lab.status import LabStatus, status

__all__ = ["LabStatus", "down", "reset", "ssh_command", "status", "up"]


def up(wanted: Sequence[LabHost], *, lock_path: Path, say: Say) -> None:
    """Have these hosts and the lab's services up, doing only what is missing; writes the lock.

    Raises LabError with what is in the way. Hosts that the inventory has changed are made anew.
    """
    requirements.require_root()
    requirements.refuse_unfit(wanted)
    abilities.refuse_unable_machine()
    with requirements.disk_to_write_on(), exclusive(say):
        requirements.refuse_small_machine()
        tools.ensure(say)
        network.refuse_conflicts()
        bases, served, layouts, models = _build(say)
        mounts.memory_up(mib=requirements.memory_for_hosts())
        hosts.make_room(wanted, say)
        network.up(wanted)
        images = _serve(layouts, say)
        watches.ensure()
        hosts.up(wanted, bases, say)
        lock_file.write(lock_path, Made(served, images, models, simulated.everywhere(wanted)))


def down(say: Say) -> None:
    """Stop every host and service and free mounts, namespaces, control groups and the route."""
    requirements.require_root()
    with exclusive(say):
        hosts.remove_all(say)
        web.stop()
        registry.stop()
        cgroups.remove(cgroups.SERVICES)
        network.down()


def reset(name: str, known: Sequence[LabHost], say: Say) -> None:
    """Make one host anew from its base, with new SSH host keys, and leave the others alone."""
    requirements.require_root()
    chosen = [each for each in known if each.name == name]
    if not chosen:
        raise LabError(f"there is no lab host {name}; there are {hosts.names(known)}")
    requirements.refuse_unfit(chosen)
    abilities.refuse_unable_machine()
    with requirements.disk_to_write_on(), exclusive(say):
        tools.ensure(say)
        mounts.memory_up(mib=requirements.memory_for_hosts())
        host.remove(name)
        network.up(chosen)
        hosts.up(chosen, hosts.bases([base.suite_of(chosen[0].os)], say), say)


def _build(say: Say) -> tuple[Bases, Mirror, tuple[Path, Path], tuple[ModelFile, ...]]:
    """What needs no running lab, built side by side where it is not cached.

    All bases, whichever of them the hosts need: what the mirror holds depends on them.
    """
    with ThreadPoolExecutor() as pool:
        systems = pool.submit(_systems, say)
        engine = pool.submit(lambda: (_layouts(say), files.ensure(say)))
        servers = pool.submit(lambda: (registry.program(), web.program()))
        servers.result()
        return *systems.result(), *engine.result()


def _layouts(say: Say) -> tuple[Path, Path]:
    """The images of the engine and of the probe."""
    return engine_image.prepare(say), probe_image.prepare(say)


def _systems(say: Say) -> tuple[Bases, Mirror]:
    bases = hosts.bases(mirror.COMPONENTS, say)
    states = {suite: root / "var/lib/dpkg/status" for suite, root in bases.items()}
    return bases, mirror.build(say, statuses=states)


def _serve(layouts: tuple[Path, Path], say: Say) -> dict[str, ImageLock]:
    web.start(say)
    registry.start(say)
    engine, probe = layouts
    return {
        "llama_cpp": engine_image.publish(engine),
        "gpu_probe": probe_image.publish(probe),
    }

"""Packages of the container runtime: at one promised version and held, or gone."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import facts
from infra.apt import operations as apt
from infra.operations import Commands
from roles.container_runtime import packages
from roles.container_runtime.facts import Offers


def installed_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Versions of those of these packages that are installed, as the host says now."""
    found = host.get_fact(facts.Packages, names=names)
    return {name: package.version for name, package in found.items()}


@operation()
def pinned_packages(
    names: tuple[str, ...],
    *,
    promised: str,
    beside: tuple[str, ...] = (),
    held_beside: tuple[str, ...] = (),
) -> Commands:
    """Packages installed and held at one promised version (complete, or its beginning).

    Those beside come at whatever version fits; some of them are held there.
    """
    installed = installed_versions(names)
    settled = packages.settled(names, promised=promised, installed=installed)
    offers = {} if settled else host.get_fact(Offers, names=names)
    try:
        wanted = packages.chosen(names, promised=promised, installed=installed, offers=offers)
    except packages.NotOffered as problem:
        # Said by the host when it is done for real: in a plan the repository may be yet to come.
        yield StringCommand("echo", QuoteString(str(problem)), ">&2; exit 1")
        return
    yield from apt.packages._inner(wanted={**wanted, **dict.fromkeys(beside)})
    held = (*wanted, *held_beside)
    found = host.get_fact(facts.Packages, names=held)
    if not all(name in found and found[name].held for name in held):
        yield StringCommand(apt.hold_command(held))


@operation()
def removed_packages(names: tuple[str, ...]) -> Commands:
    """None of these packages installed; their configuration stays.

    nvidia-docker2 owns daemon.json: a purge would take others' keys with it.
    """
    found = sorted(installed_versions(names))
    if found:
        yield StringCommand(
            f"{apt.APT} remove --allow-change-held-packages", *map(QuoteString, found)
        )

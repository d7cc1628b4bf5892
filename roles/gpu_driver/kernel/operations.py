"""Holds the kernel with the driver, and brings the headers that DKMS builds against."""

from pyinfra.api.command import StringCommand
from pyinfra.api.exceptions import OperationError
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra.apt.command import hold_command, install_command
from infra.operations import Commands
from roles.gpu_driver import boot, kernels
from roles.gpu_driver.facts import HostState, KernelOffers, NextBoot


@operation()
def held_kernel() -> Commands:
    """The kernel's metapackages, and the packages of the running kernel and of the next boot's."""
    state = host.get_fact(HostState)
    taken = boot.taken(host.get_fact(NextBoot))
    next_ = taken.release if taken is not None else ""
    loose = kernels.loose(state.kernels, running=state.kernel, next_=next_)
    if loose:
        yield StringCommand(hold_command(loose))


@operation()
def kernel_headers(version: str) -> Commands:
    """Headers of every kernel that may boot, and the metapackage that brings the next one's.

    Fails where a boot is to come, and no source has the headers to build this version with for it.
    """
    state = host.get_fact(HostState)
    boots = host.get_fact(NextBoot)
    asked = kernels.headers(
        state.kernels, bare=[one.release for one in boots.kernels if not one.headers]
    )
    if not asked:
        return
    offered = host.get_fact(KernelOffers, names=tuple(asked))
    wanted = kernels.obtainable(asked, offered=offered)
    loaded = state.loaded is not None and state.loaded.version == version
    why = None if loaded else boot.unbuildable(boots, version=version, headers=wanted)
    if why is not None:
        raise OperationError(why)
    if wanted:
        yield StringCommand(install_command(wanted))

"""Holds the kernel with the driver, and brings the headers that DKMS builds against."""

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra.apt.command import hold_command, install_command
from infra.operations import Commands
from roles.gpu_driver import kernels
from roles.gpu_driver.facts import HostState, KernelOffers, NextBoot


@operation()
def held_kernel() -> Commands:
    """The kernel's metapackages and the running kernel's packages, held as they are."""
    state = host.get_fact(HostState)
    loose = kernels.loose(state.kernels, running=state.kernel)
    if loose:
        yield StringCommand(hold_command(loose))


@operation()
def kernel_headers() -> Commands:
    """Headers of every kernel that may boot, and the metapackage that brings the next one's."""
    state = host.get_fact(HostState)
    boot = host.get_fact(NextBoot)
    asked = kernels.headers(
        state.kernels, bare=[one.release for one in boot.kernels if not one.headers]
    )
    if not asked:
        return
    offered = host.get_fact(KernelOffers, names=tuple(asked))
    wanted = kernels.obtainable(asked, offered=offered)
    if wanted:
        yield StringCommand(install_command(wanted))

"""Installs one toolkit version, refuses whatever would move the driver, and holds it."""

from pyinfra.api.command import QuoteString, StringCommand
from pyinfra.api.exceptions import OperationError
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra.apt import operations as apt
from infra.apt.command import hold_command, install_command
from infra.operations import Commands
from roles.cuda_toolkit import toolkit
from roles.cuda_toolkit.facts import MovedDrivers, Toolkit
from roles.cuda_toolkit.settings import CudaToolkitSettings


def apply(settings: CudaToolkitSettings) -> None:
    """Make the host's CUDA toolkit what the settings promise."""
    if settings.repository is not None:
        apt.apt_repository("infra-cuda-toolkit", settings.repository)
    installed_toolkit(version=settings.version, name="Install CUDA toolkit")
    held_toolkit(version=settings.version, name="Hold CUDA toolkit")
    if settings.link:
        linked_toolkit(version=settings.version, name="Point CUDA link")


@operation()
def installed_toolkit(version: str) -> Commands:
    """The toolkit at exactly this version; fails before a driver is touched."""
    state = host.get_fact(Toolkit, version=version)
    name = toolkit.package(version)
    found = state.installed.get(name)
    if found is not None and toolkit.keeps(found.version, version):
        return
    wanted = toolkit.offered(state, version=version)
    if wanted is None:
        # Said by the host when it is done for real: in a plan the repository may be yet to come.
        said = toolkit.not_offered(state, version=version)
        yield StringCommand("echo", QuoteString(said), ">&2; exit 1")
        return
    drivers = host.get_fact(MovedDrivers, asked=f"{name}={wanted}")
    if drivers:
        raise OperationError(
            f"apt-get would touch {', '.join(drivers)} to install {name} {wanted}: a driver is "
            "gpu_driver's alone. No package was changed; see apt-cache depends, and whether a "
            "half-removed cuda or cuda-drivers is left on this host"
        )
    yield StringCommand(install_command({name: wanted}))


@operation()
def held_toolkit(version: str) -> Commands:
    """Every installed package of the toolkit, held."""
    found = toolkit.own(host.get_fact(Toolkit, version=version))
    loose = [name for name, package in found.items() if not package.held]
    if loose:
        yield StringCommand(hold_command(sorted(loose)))


@operation()
def linked_toolkit(version: str) -> Commands:
    """/usr/local/cuda leading to this version, by dpkg's alternatives where they manage it."""
    folder = toolkit.folder(version)
    if host.get_fact(Toolkit, version=version).link == folder:
        return
    yield StringCommand(
        "if update-alternatives --list cuda 2>/dev/null | grep -qx",
        QuoteString(folder),
        "; then update-alternatives --set cuda",
        QuoteString(folder),
        f"; elif [ -L {toolkit.LINK} ] || [ ! -e {toolkit.LINK} ]; then ln -sfn",
        QuoteString(folder),
        f"{toolkit.LINK}; else echo '{toolkit.LINK} is no link; move it away' >&2; exit 1; fi",
    )

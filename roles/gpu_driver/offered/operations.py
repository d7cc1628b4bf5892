"""Where a driver's packages come from, and the exact set that the host's lists offer."""

from pyinfra.api.exceptions import OperationError, PyinfraError
from pyinfra.context import host

from infra import facts, operations
from infra.apt import AptRepository
from infra.apt import operations as apt
from roles.gpu_driver import catalogue, packages, sets
from roles.gpu_driver.change import along
from roles.gpu_driver.facts import HostState, Offers
from roles.gpu_driver.settings import GpuDriverSettings

_SOURCE = "infra-gpu-driver"


def source(settings: GpuDriverSettings, repository: AptRepository) -> None:
    """Three operations: the repository's key, its source, and lists that know the version."""
    operations.write_file(path=repository.keyring, text=repository.key, name="Write repository key")
    operations.write_file(
        path=f"/etc/apt/sources.list.d/{_SOURCE}.sources",
        text=repository.sources(),
        name="Write repository source",
    )
    apt.apt_lists(source=_SOURCE, digest=_lists(settings, repository), name="Fetch package lists")


def wanted_set(settings: GpuDriverSettings) -> dict[str, str] | None:
    """Exact versions of the set; None in a plan for a host whose lists are to be fetched first."""
    try:
        return _resolved(settings)
    except catalogue.NotOffered as problem:
        if not _is_fetched(settings):
            return None
        raise OperationError(str(problem)) from problem


def require_offer(settings: GpuDriverSettings) -> None:
    """Fails, before anything is changed, when the host's lists lack a part of the set."""
    try:
        _resolved(settings)
    except catalogue.NotOffered as problem:
        raise PyinfraError(
            f"cannot go back to driver {settings.version} ({settings.modules}): {problem}"
        ) from problem


def _resolved(settings: GpuDriverSettings) -> dict[str, str]:
    state = host.get_fact(HostState)
    pattern = sets.candidates(settings.origin, version=settings.version)
    offers = host.get_fact(Offers, pattern=pattern)
    asked = sets.wanted(
        origin=settings.origin,
        os=state.os,
        version=settings.version,
        modules=settings.modules,
        module_package=_module_package(settings, offers=offers),
        fabric=bool(state.switches),
    )
    resolver = catalogue.Resolver(
        catalogue=offers,
        version=settings.version,
        origin=settings.origin,
        installed={name: package.version for name, package in state.driver.items()},
        along=along(state),
    )
    return resolver.set_of((*asked, *((name,) for name in settings.extra_packages)))


def _module_package(settings: GpuDriverSettings, *, offers: catalogue.Catalogue) -> str:
    """Ubuntu's prebuilt modules; the ones built here only where it builds none for this kernel."""
    state = host.get_fact(HostState)
    found = packages.flavour(state.kernel, installed=state.kernels)
    flavour = settings.kernel_flavour or found
    version, modules = settings.version, settings.modules
    ready = sets.prebuilt(version=version, modules=modules, flavour=flavour)
    own = sets.built_here(version=version, modules=modules)
    return own if offers.of(own) and not offers.of(ready) else ready


def _lists(settings: GpuDriverSettings, repository: AptRepository) -> str:
    """What the lists are to be stamped with: another stamp when they lack the promised version.

    A version may be younger than the lists that an earlier run fetched, however often it asked.
    """
    stamp = _stamp()
    if stamp.split()[:1] == [repository.digest] and _is_offered(settings):
        return stamp
    asked = _asked(settings, repository)
    return f"{asked} again" if stamp == asked else asked


def _asked(settings: GpuDriverSettings, repository: AptRepository) -> str:
    return f"{repository.digest} {settings.version}"


def _is_offered(settings: GpuDriverSettings) -> bool:
    try:
        _resolved(settings)
    except catalogue.NotOffered:
        return False
    return True


def _is_fetched(settings: GpuDriverSettings) -> bool:
    repository = settings.repository
    return repository is None or _stamp().startswith(_asked(settings, repository))


def _stamp() -> str:
    return host.get_fact(facts.FileText, path=f"/var/lib/infra/apt/{_SOURCE}").strip()

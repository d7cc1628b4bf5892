"""Proofs that the host's CUDA toolkit is the promised one, stays it, and brought no driver."""

from testinfra.host import Host

from infra.judgement import not_concerned
from roles.cuda_toolkit import toolkit
from roles.cuda_toolkit.settings import CudaToolkitSettings


def check_cuda_toolkit_is_the_pinned_one(host: Host, settings: CudaToolkitSettings) -> None:
    """The CUDA toolkit is installed at exactly the promised version."""
    name = toolkit.package(settings.version)
    found = _state(host, settings).installed.get(name)
    assert found is not None, f"{name} is not installed, {settings.version} is promised"
    assert toolkit.keeps(found.version, settings.version), (
        f"{name} is {found.version}, {settings.version} is promised"
    )


def check_cuda_toolkit_is_held(host: Host, settings: CudaToolkitSettings) -> None:
    """Every package of the CUDA toolkit is held."""
    found = toolkit.own(_state(host, settings))
    loose = sorted(name for name, package in found.items() if not package.held)
    assert found, "no package of the toolkit is installed that could be held"
    assert not loose, f"not held: {', '.join(loose)}; an upgrade would move them"


def check_cuda_compiler_is_the_toolkits(host: Host, settings: CudaToolkitSettings) -> None:
    """nvcc in the toolkit's folder answers with the promised release."""
    answer = host.run(f"{toolkit.folder(settings.version)}/bin/nvcc --version 2>&1")
    release = settings.version.rpartition(".")[0]
    assert f"release {release}," in answer.stdout, (
        f"nvcc says: {answer.stdout.strip()[-200:]}; release {release} is promised"
    )


def check_cuda_link_leads_to_the_toolkit(host: Host, settings: CudaToolkitSettings) -> None:
    """/usr/local/cuda leads to the promised version."""
    if not settings.link:
        not_concerned("link is False")
    found = _state(host, settings).link
    promised = toolkit.folder(settings.version)
    assert found == promised, f"{toolkit.LINK} leads to {found or 'nowhere'}, promised {promised}"


def check_cuda_toolkit_brings_no_driver(host: Host, settings: CudaToolkitSettings) -> None:
    """No CUDA package is installed that depends on the newest driver."""
    found = _state(host, settings).installed
    bringing = sorted(name for name in found if toolkit.BRINGS_DRIVER.fullmatch(name))
    assert not bringing, f"{', '.join(bringing)}: depends on the newest driver; remove it"


def _state(host: Host, settings: CudaToolkitSettings) -> toolkit.State:
    answer = host.run(toolkit.command(settings.version))
    return toolkit.parse(answer.stdout.splitlines(), version=settings.version)

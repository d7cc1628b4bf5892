"""Installs the driver's set, keeps nouveau off, boots when another module is loaded, goes back."""

import shlex

from pyinfra.api.exceptions import OperationError, PyinfraError
from pyinfra.api.operation import OperationMeta, operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.operations import Commands, Succeeds
from infra.transport import Connector
from roles.gpu_driver import boot, driver, fabric, good
from roles.gpu_driver.change import refusal
from roles.gpu_driver.facts import BootImagesAreStale, HostState, NextBoot
from roles.gpu_driver.fitting import misfit
from roles.gpu_driver.offered import operations as offered
from roles.gpu_driver.package_set import operations as package_set
from roles.gpu_driver.settings import GpuDriverSettings
from roles.gpu_driver.state import NOUVEAU_OFF


def apply(settings: GpuDriverSettings) -> None:
    """Make the host's driver what the settings promise."""
    state = host.get_fact(HostState)
    refused = refusal(
        state, origin=settings.origin, replace_foreign=settings.replace_foreign
    ) or misfit(state, settings=settings)
    if refused is not None:
        raise PyinfraError(refused)
    if settings.repository is not None:
        offered.source(settings, settings.repository)
    package_set.ready(settings)
    _found_driver_recorded(settings)
    _in_force(settings, disrupts=True)
    operations.write_file(path=good.PATH, text=good.text(settings), name="Record proven driver")


def revert(settings: GpuDriverSettings) -> str | None:
    """Bring back the driver that was proven last; its words, or None when it runs already."""
    before = good.before(settings, recorded=_recorded())
    if before is None or good.runs(before, state=host.get_fact(HostState)):
        return None
    boots = _needs_boot(before)
    if boots:
        _require_boot(before)
    offered.require_offer(before)
    package_set.ready(before)
    # Where its module was never unloaded, moving the packages back mends and stops nothing
    _in_force(before, disrupts=boots)
    return f"driver {_promised(before)}"


def _recorded() -> str:
    return host.get_fact(facts.FileText, path=good.PATH)


def _found_driver_recorded(settings: GpuDriverSettings) -> None:
    """A driver that an earlier infra, or a person, brought up is one to go back to as well."""
    found = good.found(settings, state=host.get_fact(HostState))

    def is_unknown() -> bool:
        return not _recorded() and host.get_fact(Succeeds, command=_answers(found.version))

    if found != settings:
        operations.write_file(
            path=good.PATH, text=good.text(found), name="Record found driver", _if=is_unknown
        )


def _require_boot(settings: GpuDriverSettings) -> None:
    """Packages that no boot may follow are not moved: they would not fit what is loaded."""
    connector = host.connector
    by = "" if settings.may_reboot else "gpu_driver.may_reboot is False"
    if isinstance(connector, Connector) and not connector.wire.may_reboot:
        by = "--no-reboot forbids it"
    if by:
        raise PyinfraError(
            f"going back to driver {_promised(settings)} needs a reboot, and {by}; no package was "
            "moved: allow the reboot and deploy again"
        )


def _in_force(settings: GpuDriverSettings, *, disrupts: bool) -> None:
    moved = package_set.moved(settings, disrupts=disrupts)
    _nouveau_off()
    _booted(settings, moved=moved)
    _answering(settings)


def _nouveau_off() -> None:
    operations.write_file(
        path=boot.MODPROBE,
        text=templates.render("gpu_driver/nouveau.conf.j2", lines=sorted(NOUVEAU_OFF)),
        name="Turn nouveau off",
    )
    operations.shell(
        command="update-initramfs -u -k all",
        name="Rebuild boot images",
        _if=lambda: host.get_fact(BootImagesAreStale),
    )


def _booted(settings: GpuDriverSettings, *, moved: OperationMeta) -> None:
    def is_needed() -> bool:
        return _needs_boot(settings)

    module_on_disk(
        settings=settings, name="Find pinned module on disk", _if=lambda: moved.is_complete()
    )
    if not settings.may_reboot:
        forbidden_boot(settings=settings, name="Find pinned module loaded")
        return
    booted = operations.reboot(
        reason=f"driver {settings.version}, {settings.modules}",
        name="Boot with pinned module",
        _if=is_needed,
    )
    operations.disrupts(booted, why=f"boot with driver {_promised(settings)}")


def _answering(settings: GpuDriverSettings) -> None:
    if settings.persistence:
        operations.unit(unit_name="nvidia-persistenced.service", name="Start persistence daemon")
    if host.get_fact(HostState).switches:
        operations.unit(unit_name=fabric.UNIT, name="Start fabric manager")
    operations.until(
        command=_answers(settings.version),
        seconds=settings.answer_seconds,
        otherwise=f"nvidia-smi does not answer with driver {settings.version}",
        name="Wait until nvidia-smi answers",
    )


def _answers(version: str) -> str:
    wanted = shlex.quote(version)
    return f'out=$({driver.SMI_COMMAND}); echo "$out"; echo "$out" | grep -q ^{wanted},'


def _needs_boot(settings: GpuDriverSettings) -> bool:
    return host.get_fact(HostState).loaded != _promised(settings)


def _promised(settings: GpuDriverSettings) -> driver.Module:
    return driver.Module(version=settings.version, flavour=settings.modules)


@operation()
def module_on_disk(settings: GpuDriverSettings) -> Commands:
    """The promised module on disk for the kernel that a boot takes; else it would not help.

    That is another one than the running where prebuilt modules brought the kernel they are for, or
    where a newer kernel waits for a boot.
    """
    state = host.get_fact(HostState)
    waiting = _waiting_kernel()
    if (
        waiting is not None
        and _needs_boot(settings)
        and boot.lacking(boot.NextBoot(kernels=(waiting,)), version=settings.version)
    ):
        raise OperationError(
            f"kernel {waiting.release} waits for the boot that driver {_promised(settings)} needs, "
            "and has no such module on disk, so the host would come up without its cards; build it "
            f"(dkms autoinstall -k {waiting.release}), install that kernel's linux-modules-nvidia-…"
            ", or remove that kernel"
        )
    if state.disk != _promised(settings) and not _comes_with_its_kernel(settings):
        raise OperationError(
            f"modinfo finds {state.disk or 'no nvidia module'} on disk for kernel {state.kernel}, "
            f"promised is {_promised(settings)}; see dkms status, /var/lib/dkms/nvidia and whether "
            "the kernel's headers or prebuilt modules are installed"
        )
    yield from ()


def _comes_with_its_kernel(settings: GpuDriverSettings) -> bool:
    kernel = _waiting_kernel()
    if kernel is None:
        return False
    return not boot.lacking(boot.NextBoot(kernels=(kernel,)), version=settings.version)


def _waiting_kernel() -> boot.Kernel | None:
    """The kernel that a boot takes, where it is not the running one."""
    kernel = boot.taken(host.get_fact(NextBoot))
    return None if kernel is None or kernel.release == host.get_fact(HostState).kernel else kernel


@operation()
def forbidden_boot(settings: GpuDriverSettings) -> Commands:
    """The promised module loaded already; fails with what to do when it is not."""
    state = host.get_fact(HostState)
    if _needs_boot(settings):
        raise OperationError(
            f"{state.loaded or 'no nvidia module'} is loaded, promised is {_promised(settings)}, "
            "and gpu_driver.may_reboot is False; reboot this host, or set it to True"
        )
    yield from ()

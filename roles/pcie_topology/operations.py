"""Installs pciutils, records error counters, turns ACS redirection off where that is promised."""

import shlex

from pyinfra.api.command import StringCommand
from pyinfra.api.operation import operation
from pyinfra.context import host

from infra import facts, operations, templates
from infra.apt import operations as apt
from infra.operations import Commands
from roles.pcie_topology import acs, counters
from roles.pcie_topology.facts import CountersAreRecorded, PcieTree
from roles.pcie_topology.settings import PcieTopologySettings

_UNITS = "/etc/systemd/system"


def apply(settings: PcieTopologySettings) -> None:
    """Make the host's way to its GPUs what software can make of it."""
    apt.packages(wanted={"pciutils": None}, name="Install pciutils")
    _counters()
    if settings.acs == "off":
        _acs_off()
    else:
        absent_unit(unit_name=acs.UNIT, script=acs.SCRIPT, name="Remove ACS unit")


def _counters() -> None:
    operations.write_file(
        path=counters.SCRIPT,
        text=templates.render(
            "pcie_topology/counters.j2",
            latest=counters.LATEST,
            before=counters.BEFORE,
            collect=counters.COLLECT.rstrip(),
        ),
        mode="755",
        name="Write PCIe counter script",
    )
    for unit, template in ((counters.SERVICE, "service"), (counters.TIMER, "timer")):
        operations.write_file(
            path=f"{_UNITS}/{unit}",
            text=templates.render(
                f"pcie_topology/counters.{template}.j2",
                **({"script": counters.SCRIPT} if template == "service" else {}),
            ),
            name=f"Write PCIe counter {template}",
        )
    boot_unit(unit_name=counters.SERVICE, name="Enable PCIe counters at boot")
    operations.unit(unit_name=counters.TIMER, name="Start PCIe counter timer")
    operations.shell(
        command=f"systemctl start {counters.SERVICE}",
        _if=lambda: not host.get_fact(CountersAreRecorded),
        name="Record PCIe counters",
    )


def _acs_off() -> None:
    operations.write_file(
        path=acs.SCRIPT,
        text=templates.render("pcie_topology/acs-off.j2", redirect=f"0x{sum(acs.REDIRECT):02x}"),
        mode="755",
        name="Write ACS script",
    )
    operations.write_file(
        path=f"{_UNITS}/{acs.UNIT}",
        text=templates.render("pcie_topology/acs-off.service.j2", script=acs.SCRIPT),
        name="Write ACS unit",
    )
    boot_unit(unit_name=acs.UNIT, name="Enable ACS unit at boot")
    acs_off(name="Turn ACS redirection off")


@operation()
def boot_unit(unit_name: str) -> Commands:
    """A unit that runs once at each boot, enabled, its file as loaded."""
    found = host.get_fact(facts.Unit, unit=unit_name)
    if found.enabled != "enabled" or found.needs_reload:
        yield StringCommand("systemctl daemon-reload && systemctl enable", shlex.quote(unit_name))


@operation()
def acs_off() -> Commands:
    """No bridge above a GPU redirects, and the unit that sees to it has run since boot.

    Fails with the bridges that ignore it.
    """
    ran = host.get_fact(facts.Unit, unit=acs.UNIT).active == "active"
    if not ran or acs.faults(host.get_fact(PcieTree), promised="off"):
        said = f"journalctl -b -u {acs.UNIT} -o cat --no-pager | grep '^bridge.*stays' | tail -n 9"
        yield StringCommand(f"systemctl restart {acs.UNIT} || {{ {said} >&2; exit 1; }}")


@operation()
def absent_unit(unit_name: str, *, script: str) -> Commands:
    """A unit of ours and its script neither there nor loaded."""
    path = f"{_UNITS}/{unit_name}"
    if host.get_fact(facts.FileStat, path=path) or host.get_fact(facts.FileStat, path=script):
        yield StringCommand(
            f"systemctl disable --now {unit_name} 2>/dev/null; rm -f {path} {script} && "
            "systemctl daemon-reload"
        )

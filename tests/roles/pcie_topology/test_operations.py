import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra import facts, observed, templates
from infra.testing import rehearse
from roles.pcie_topology import acs, counters, reading
from roles.pcie_topology.facts import CountersAreRecorded, PcieTree
from roles.pcie_topology.operations import apply
from roles.pcie_topology.settings import PcieTopologySettings
from roles.pcie_topology.tree import Access, Tree

OFF = PcieTopologySettings(acs="off")
CHECKED = PcieTopologySettings()
EMULATED = Path(__file__).with_name("tree-emulated.txt")
TURN_OFF = "Turn ACS redirection off"


def redirecting() -> Tree:
    return reading.parse(EMULATED.read_text().splitlines())


def quiet() -> Tree:
    found = redirecting()
    gpus = (
        replace(gpu, path=tuple(replace(one, access=Access(0x5F, 0)) for one in gpu.path))
        for gpu in found.gpus
    )
    return replace(found, gpus=tuple(gpus))


def texts() -> dict[str, tuple[str, str]]:
    collect = counters.COLLECT.rstrip()
    script = {"latest": counters.LATEST, "before": counters.BEFORE, "collect": collect}
    redirect = f"0x{sum(acs.REDIRECT):02x}"
    return {
        counters.SCRIPT: (templates.render("pcie_topology/counters.j2", **script), "755"),
        f"/etc/systemd/system/{counters.SERVICE}": (
            templates.render("pcie_topology/counters.service.j2", script=counters.SCRIPT),
            "644",
        ),
        f"/etc/systemd/system/{counters.TIMER}": (
            templates.render("pcie_topology/counters.timer.j2"),
            "644",
        ),
        acs.SCRIPT: (templates.render("pcie_topology/acs-off.j2", redirect=redirect), "755"),
        f"/etc/systemd/system/{acs.UNIT}": (
            templates.render("pcie_topology/acs-off.service.j2", script=acs.SCRIPT),
            "644",
        ),
    }


def known(*, tree: Tree, has_acs_unit: bool = True) -> dict[Any, Any]:
    """Facts of a host on which the role ran."""
    there = texts()

    def stat(path: str) -> observed.FileStat | None:
        if path in (acs.SCRIPT, f"/etc/systemd/system/{acs.UNIT}") and not has_acs_unit:
            return None
        text, mode = there[path]
        return observed.FileStat(mode, "root", "root", hashlib.sha256(text.encode()).hexdigest())

    def unit(unit: str) -> observed.Unit:
        runs = "inactive" if unit == counters.SERVICE else "active"
        return observed.Unit("loaded", runs, "enabled", needs_reload=False)

    return {
        facts.FileStat: stat,
        facts.Unit: unit,
        facts.Packages: {"pciutils": observed.Package(version="1:3.9.0-4", held=False)},
        CountersAreRecorded: True,
        PcieTree: tree,
    }


def bare() -> dict[Any, Any]:
    """Facts of a host that never saw the role."""
    absent = observed.Unit("not-found", "inactive", "", needs_reload=False)
    return {facts.Unit: absent, PcieTree: redirecting()}


def test_a_bare_host_gets_all_that_is_asked() -> None:
    found = rehearse(apply, OFF, facts=bare())
    assert found.error is None
    assert found.changed == found.operations
    assert found.operations[0] == "Install pciutils"
    assert found.operations[-1] == TURN_OFF
    assert "systemctl restart infra-acs-off.service" in found.commands[-1].text


def test_where_acs_is_only_checked_it_is_not_touched() -> None:
    found = rehearse(apply, CHECKED, facts=bare())
    assert found.error is None
    assert not [one for one in found.commands if "acs-off" in one.text]


@pytest.mark.parametrize(("settings", "has_acs_unit"), [(OFF, True), (CHECKED, False)])
def test_a_second_run_changes_nothing(settings: PcieTopologySettings, has_acs_unit: bool) -> None:
    told = known(tree=quiet() if settings is OFF else redirecting(), has_acs_unit=has_acs_unit)
    found = rehearse(apply, settings, facts=told)
    assert found.error is None
    assert found.changed == ()
    assert found.commands == ()


def test_bits_that_came_back_are_turned_off_again() -> None:
    assert rehearse(apply, OFF, facts=known(tree=redirecting())).changed == (TURN_OFF,)


def test_a_run_that_was_killed_before_the_unit_ran_is_made_good() -> None:
    told = known(tree=quiet())
    idle = observed.Unit("loaded", "inactive", "enabled", needs_reload=False)
    every = told[facts.Unit]

    def unit(unit: str) -> observed.Unit:
        found = every(unit)
        return idle if unit == acs.UNIT else found

    assert rehearse(apply, OFF, facts={**told, facts.Unit: unit}).changed == (TURN_OFF,)


def test_the_unit_goes_when_it_is_no_longer_asked_for() -> None:
    found = rehearse(apply, CHECKED, facts=known(tree=quiet()))
    assert found.changed == ("Remove ACS unit",)
    assert "disable --now infra-acs-off.service" in found.commands[0].text


def test_a_boot_without_a_record_gets_one() -> None:
    told = {**known(tree=quiet()), CountersAreRecorded: False}
    assert rehearse(apply, OFF, facts=told).changed == ("Record PCIe counters",)

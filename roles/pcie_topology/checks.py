"""Proofs that every GPU is in its slot, with all its lanes, and that nothing comes between them."""

import pytest
from testinfra.host import Host

from infra.judgement import not_concerned
from infra.observed import parse_unit, unit_command
from roles.pcie_topology import acs, bars, counters, iommu, kernel, lanes, places, reading
from roles.pcie_topology.settings import PcieTopologySettings
from roles.pcie_topology.tree import Tree

_RESEAT = "reseat the card or its riser, look at the slot's lanes in the firmware, then check again"


def check_every_promised_gpu_is_on_the_bus(host: Host, settings: PcieTopologySettings) -> None:
    """Every GPU that the manifest or the inventory promises is on the PCI bus."""
    wrong = places.missing(_tree(host), manifest=settings.manifest, count=settings.gpus)
    assert not wrong, "; ".join(wrong)


def check_every_gpu_is_in_its_promised_slot(host: Host, settings: PcieTopologySettings) -> None:
    """Every GPU is in the slot, behind the bridges and at the NUMA node of the manifest."""
    if settings.manifest is None:
        not_concerned("no hardware manifest: infra topology learn INVENTORY NODE writes one")
    wrong = places.moved(_tree(host), manifest=settings.manifest)
    assert not wrong, (
        f"{'; '.join(wrong)}: put the cards back, or learn the node anew (infra topology learn)"
    )


def check_every_gpu_has_the_lanes_its_slot_gives(
    host: Host, settings: PcieTopologySettings
) -> None:
    """Every GPU has the lanes that its slot should give."""
    found = _tree(host)
    given, manifest = settings.expected_width, settings.manifest
    wrong = lanes.narrow(found, given=given, manifest=manifest)
    assert not wrong, f"{'; '.join(wrong)}: {_RESEAT}"
    _unproven(lanes.untold(found), why="nothing tells the lanes of its link")


def check_links_are_fast_while_gpus_work(host: Host, settings: PcieTopologySettings) -> None:
    """Every link of a GPU at work runs as fast as card and ports can; an idle one could."""
    given, manifest = settings.expected_gen, settings.manifest
    wrong = lanes.slow(_tree(host), given=given, manifest=manifest)
    if wrong:  # a card that just began to work has its link still waking up
        later = host.run(f"sleep 1\n{reading.WHOLE}").stdout.splitlines()
        wrong = lanes.slow(reading.parse(later), given=given, manifest=manifest)
    assert not wrong, (
        f"{'; '.join(wrong)}: look at the slot's speed in the firmware and at risers; if it is "
        "right so: pcie_topology.expected_gen"
    )


def check_bridges_above_gpus_do_not_redirect(host: Host, settings: PcieTopologySettings) -> None:
    """No bridge above a GPU sends traffic between GPUs up to the root complex (ACS)."""
    found = _tree(host)
    why = acs.not_judged(found, promised=settings.acs)
    if why is not None:
        not_concerned(why)
    if not found.has_setpci:
        pytest.skip("the bridges' registers cannot be read: pciutils is missing; deploy this host")
    wrong = acs.faults(found, promised=settings.acs)
    assert not wrong, (
        f'{"; ".join(wrong)}: copies between GPUs are slow or hang; set pcie_topology.acs to "off" '
        "and deploy, or turn ACS off in the firmware"
    )


def check_acs_is_turned_off_at_boot(host: Host, settings: PcieTopologySettings) -> None:
    """The unit that turns ACS redirection off is enabled and did so at this boot."""
    if settings.acs != "off":
        not_concerned(f'pcie_topology.acs is "{settings.acs}"')
    found = parse_unit(host.run(unit_command(acs.UNIT)).stdout.splitlines())
    assert found.enabled == "enabled", f"{acs.UNIT} is {found.enabled or found.load}; deploy"
    assert found.active == "active", (
        f"{acs.UNIT} is {found.active}: journalctl -u {acs.UNIT} says which bridges ignore it"
    )


def check_iommu_is_as_promised(host: Host, settings: PcieTopologySettings) -> None:
    """The IOMMU is in the promised mode for every GPU."""
    found = _tree(host)
    why = iommu.not_judged(found, promised=settings.iommu)
    if why is not None:
        not_concerned(why)
    wrong = iommu.faults(found, promised=settings.iommu)
    assert not wrong, "; ".join(wrong)
    _unproven(iommu.untold(found), why="this kernel does not tell the type of its IOMMU group")


def check_bar1_holds_the_memory(host: Host, settings: PcieTopologySettings) -> None:
    """Every GPU's BAR1 is as large as the manifest says, and holds its memory where promised."""
    holds, manifest = settings.bar1_holds_memory, settings.manifest
    if not bars.is_promised(holds_memory=holds, manifest=manifest):
        not_concerned("nobody promised a size of BAR1")
    found = _tree(host)
    wrong = bars.faults(found, holds_memory=holds, manifest=manifest)
    assert not wrong, "; ".join(wrong)
    _unproven(bars.untold(found, holds_memory=holds), why="no driver tells how much memory it has")


def check_pcie_errors_do_not_grow(host: Host, settings: PcieTopologySettings) -> None:
    """PCIe errors and replays of the GPUs and their ports stay below their limits a day."""
    lines = host.run(f"{counters.COMMAND}\n{reading.TREE}").stdout.splitlines()
    found = reading.parse(lines)
    records, names = counters.parse(lines), found.labels
    since = counters.base(records)
    if since is None:
        pytest.skip(
            f"no counters were recorded since this boot: systemctl start {counters.SERVICE}"
        )
    limits = {"correctable": settings.correctable_per_day, "replay": settings.replays_per_day}
    grown = counters.growth(records["now"], since=since)
    wrong = counters.faults(grown, limits=limits, names=names)
    assert not wrong, (
        f"{'; '.join(wrong)}: reseat the card or its riser; a riser made for a lower generation "
        "gives such errors: lower the slot's generation in the firmware to prove it"
    )
    silent = counters.untold(records["now"], gpus=[gpu.bdf for gpu in found.gpus])
    _unproven([names[bdf] for bdf in silent], why="neither kernel nor driver counts its errors")


def check_kernel_reports_no_narrow_link(host: Host, settings: PcieTopologySettings) -> None:
    """The kernel found no link of a GPU narrower than it should be when it booted."""
    lines = host.run(f"{kernel.COMMAND}\n{reading.TREE}").stdout.splitlines()
    given, manifest = settings.expected_width, settings.manifest
    wrong = kernel.narrow(reading.parse(lines), lines, given=given, manifest=manifest)
    assert not wrong, f"{'; '.join(wrong)}: {_RESEAT}"


def check_no_gpu_fell_off_the_bus(host: Host, settings: PcieTopologySettings) -> None:
    """No GPU fell off the bus since the host booted, and each answers now."""
    lines = host.run(f"{kernel.COMMAND}\n{reading.TREE}").stdout.splitlines()
    wrong = kernel.lost(reading.parse(lines), lines, manifest=settings.manifest)
    assert not wrong, (
        f"{'; '.join(wrong)}: take the node out of rotation and power it off and on; when it comes "
        "again, look at power cables, temperature and riser, or have the card replaced"
    )


def _unproven(labels: list[str], *, why: str) -> None:
    if labels:
        pytest.skip(f"{', '.join(labels)}: {why}")


def _tree(host: Host) -> Tree:
    return reading.parse(host.run(reading.WHOLE).stdout.splitlines())

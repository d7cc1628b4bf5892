"""`lspci -v` to `-vvv`, of one device or all, as root or not.

No parser of it on PyPI is kept up and takes a cut listing; the few lines needed are read here.
"""

from collections.abc import Sequence

from roles.pcie_topology.explain import link, pci_device, pci_link, redirects
from roles.pcie_topology.explain.judgement import Finding, Judgement, Lanes
from roles.pcie_topology.explain.pci_device import Device

KIND = "lspci-vvv"
_UNKNOWN: Lanes = "unknown"

_BODY = ("LnkCap:", "LnkSta:", "Capabilities:", "Flags:", "Control: I/O", "ACSCtl:", "Region ")


def matches(text: str) -> bool:
    """Whether it has lines that lspci prints below a device, and not ACSCtl alone."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not any(line.startswith(_BODY) for line in lines):
        return False
    named = any(pci_device.heading(line) for line in lines)
    return named or any(line.startswith("LnkSta:") for line in lines)


def judge(text: str) -> Judgement:
    """Lanes of NVIDIA's display functions, and whether bridges above them redirect."""
    found = pci_device.devices(text)
    judged = [device for device in found if device.is_gpu] or _unnamed(found)
    told = [_lanes(device, found) for device in judged]
    doubts = _doubts(found) if judged and judged[0].address else ()
    p2p, of_acs = redirects.judged(found)
    return Judgement(
        kind=KIND,
        gpus=pci_device.count(found),
        lanes=link.worst([*(lanes for lanes, _ in told), *([_UNKNOWN] if doubts else [])]),
        p2p=p2p,
        findings=(
            *doubts,
            *(one for _, many in told for one in many),
            *of_acs,
            *pci_device.fabric(found),
            *_others(found),
        ),
        cards=pci_device.cards(found),
    )


def _unnamed(found: Sequence[Device]) -> list[Device]:
    """The device of an excerpt without any heading: it is the one that was asked about."""
    return [] if any(device.address for device in found) else list(found[:1])


def _doubts(found: Sequence[Device]) -> tuple[Finding, ...]:
    """Link states that may be a GPU's whose heading was cut off."""
    cut = [device for device in found if (told := pci_link.link(device)) and _is_cut(device, told)]
    message = "a link state stands under no heading, or two under one"
    return (Finding("warning", "output", message, "take it again"),) if cut else ()


def _is_cut(device: Device, told: pci_link.PciLink) -> bool:
    return told.torn or not device.address


def _lanes(device: Device, among: Sequence[Device]) -> link.Told:
    own = pci_link.link(device)
    notes = _notes(device)
    if own is None:
        message = "its link is not shown"
        advice = "run lspci -vvv as root"
        return "unknown", (Finding("warning", device.where, message, advice), *notes)
    if own.torn and not device.address:
        message = "links of several devices stand together"
        return "unknown", (Finding("warning", device.where, message, "take it with the headings"),)
    if own.narrowed and own.width_max is None and device.card is None:
        message = f"runs at x{own.width}, on fewer lanes than it has"
        return "degraded", (Finding("error", device.where, message, "reseat card and riser"),)
    path = [hop for bridge in pci_link.above(device, among) if (hop := pci_link.link(bridge))]
    lanes, findings = link.judged(_link(device, own, path))
    if own.torn or (own.narrowed and own.width == own.width_max):
        lanes = link.worst((lanes, "unknown"))
    return lanes, (*findings, *_hops(device, own, among), *notes)


def _link(device: Device, own: pci_link.PciLink, path: Sequence[pci_link.PciLink]) -> link.Link:
    """The weakest of all links up to the root, against what card and ports can."""
    ends = [own, *path]
    return link.Link(
        where=device.where,
        card=device.card,
        width=_least([own.width], [hop.width for hop in path]),
        width_max=own.width_max,
        gen=_least([own.gen], [hop.gen for hop in path]),
        gen_max=_least([own.gen_max], [hop.gen_max for hop in ends]),
        gen_card=own.gen_max,
    )


def _least(own: list[int | None], others: list[int | None]) -> int | None:
    if None in own:
        return None
    return min((value for value in (*own, *others) if value), default=own[0])


def _hops(device: Device, own: pci_link.PciLink, among: Sequence[Device]) -> tuple[Finding, ...]:
    """The bridge that narrows the path of a device whose own end is wider."""
    for bridge in pci_link.above(device, among):
        hop = pci_link.link(bridge)
        if hop and hop.width and own.width and hop.width < own.width:
            message = f"its path is x{hop.width} at {bridge.address}"
            return (Finding("warning", device.where, message, "look at that port's slot"),)
    return ()


def _notes(device: Device) -> tuple[Finding, ...]:
    where = device.where
    notes = []
    if (size := pci_link.bar1_mib(device)) >= 64:
        off = ": resizable BAR is off, or the card is small" if size <= 256 else ""
        notes.append(Finding("info", where, f"BAR1 is {size} MiB{off}"))
    used = pci_link.driver(device)
    if used == "nouveau":
        advice = "blacklist nouveau, renew the initramfs and reboot"
        notes.append(Finding("error", where, "nouveau drives it, not nvidia", advice))
    elif used not in ("nvidia", "") or (device.address and not used):
        notes.append(Finding("warning", where, f"its driver is {used or 'none'}, not nvidia"))
    if pci_link.is_denied(device):
        notes.append(Finding("info", where, "capabilities are hidden", "run lspci as root"))
    return tuple(notes)


def _others(found: Sequence[Device]) -> tuple[Finding, ...]:
    """Narrow links of other devices, which are no GPU's fault."""
    told = [
        (device, own)
        for device in found
        if device.address and not device.is_gpu and (own := pci_link.link(device)) and own.narrowed
    ]
    return tuple(
        Finding("info", device.where, f"x{own.width} of x{own.width_max}; it is no GPU, not judged")
        for device, own in told
    )

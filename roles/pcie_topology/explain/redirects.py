"""Whether bridges above GPUs send peer traffic up to the root complex."""

from collections.abc import Sequence

from roles.pcie_topology.explain import acs, pci_link
from roles.pcie_topology.explain.judgement import Finding, P2p
from roles.pcie_topology.explain.pci_device import Device


def judged(found: Sequence[Device]) -> tuple[P2p, tuple[Finding, ...]]:
    """Peer to peer as far as ACS tells: hindered or unproven, never ok; n/a below two GPUs."""
    gpus = [device for device in found if device.is_gpu]
    bits: dict[str, str] = {}
    for bridge in (device for device in found if device.is_bridge):
        bits[bridge.address] = bits.get(bridge.address, "") + pci_link.control(bridge)
    if len(gpus) < 2 or not any(bits.values()):
        return "n/a", ()
    paths = [pci_link.above(gpu, found) for gpu in gpus]
    if not all(paths):
        return "unproven", acs.of_unknown_bridges(bit for bit in bits.values() if bit)
    bridges = dict.fromkeys(bridge.address for path in paths for bridge in path)
    return "unproven", (_above([(bridge, bits.get(bridge, "")) for bridge in bridges]),)


def _above(bridges: Sequence[tuple[str, str]]) -> Finding:
    on = [address for address, bits in bridges if acs.redirects(bits)]
    if on:
        message = f"bridges above GPUs redirect peer traffic: {', '.join(on)}"
        advice = "turn ACS redirect off at boot; on a virtual machine, ask for it on its host"
        return Finding("error", "ACS", message, advice)
    message = f"no redirect in the {len(bridges)} bridges above GPUs"
    advice = "this proves no peer to peer: measure data, bandwidth and latency"
    return Finding("info", "ACS", message, advice)

"""Whether a PCI device is a vGPU: a share of a card that a hypervisor gives to a guest."""

COMMAND = (
    "for d in /sys/bus/pci/devices/*; do "
    '[ "$(cat "$d/vendor" 2>/dev/null)" = 0x10de ] || continue; '
    'echo "${d##*/} $(od -An -v -tx1 "$d/config" 2>/dev/null | tr -d " \\n")"; done'
)
"""Shell text that prints each NVIDIA device's address and configuration space in hexadecimal."""

_STATUS, _POINTER, _VENDOR_SPECIFIC = 0x06, 0x34, 0x09


def is_guest(config: bytes) -> bool:
    """Whether a configuration space, as root reads it, has NVIDIA's mark of a vGPU.

    The mark is `VF` in the vendor-specific capability. A space cut to 64 bytes says no.
    """
    at = config[_POINTER] if len(config) > 64 and config[_STATUS] & 0x10 else 0
    for _ in range(48):  # a broken chain of capabilities may be a ring
        if at == 0 or at + 5 > len(config):
            return False
        if config[at] == _VENDOR_SPECIFIC and config[at + 3 : at + 5] == b"VF":
            return True
        at = config[at + 1]
    return False


def guests(lines: list[str]) -> frozenset[str]:
    """PCI addresses of the vGPUs in the answer to COMMAND."""
    rows = (line.split() for line in lines)
    return frozenset(row[0] for row in rows if len(row) == 2 and is_guest(bytes.fromhex(row[1])))

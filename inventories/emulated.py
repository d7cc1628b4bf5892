"""One machine with a PCIe tree, a kernel and reboots of its own, which infra emulates itself.

Two cards on root ports and two of other kinds behind a switch. Nothing is wrong with them until
somebody changes it (`infra/lab/emulated/changes.py`). The IOMMU is on, so the kernel turns ACS
redirection on.
"""

_LAB = "/var/lib/infra-lab"
_SWITCH = "0000:03:00.0"


_H100 = {"name": "NVIDIA H100 PCIe", "pci_id": "10de:2331", "compute": "9.0"}
_A100 = {"name": "NVIDIA A100 80GB PCIe", "pci_id": "10de:20b5", "compute": "8.0"}
_A30 = {"name": "NVIDIA A30", "pci_id": "10de:20b7", "compute": "8.0"}


def _in(bdf: str, card: dict[str, str], *, behind: tuple[str, ...] = ()) -> dict[str, object]:
    slot = {"bdf": bdf, "gen": 4, "width": 16, "switches": behind}
    return {**card, **slot, "memory_mib": 81920, "pstate": "P0"}


pcie_hosts = (
    [
        (
            "iron-1",
            {
                "ssh_hostname": "10.77.0.31",
                "ssh_user": "root",
                "ssh_key": f"{_LAB}/keys/id_ed25519",
                "ssh_known_hosts_file": f"{_LAB}/known_hosts",
                "lab": {
                    "os": "debian-12",
                    "kind": "emulated",
                    "iommu": "passthrough",
                    "gpus": [
                        _in("0000:01:00.0", _H100),
                        _in("0000:02:00.0", _H100),
                        _in("0000:05:00.0", _A100, behind=(_SWITCH,)),
                        _in("0000:06:00.0", _A30, behind=(_SWITCH,)),
                    ],
                },
                "pcie_topology": {"gpus": 4, "acs": "off"},
            },
        ),
    ],
    {},
)

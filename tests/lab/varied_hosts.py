"""An inventory of GPU hosts whose cards are of other kinds than the lab's own."""

import shutil
import subprocess
from pathlib import Path

from infra import lock
from infra.lab import hosts
from infra.lab.access import ssh_command
from infra.lab.spec import LabHost

HOSTS = {"cards-1": "10.77.0.80", "cards-2": "10.77.0.81"}
_BRIDGED = """[
    {
        "bdf": bdf,
        "switches": ["0000:41:00.0"],
        "nvlinks": [{"to": peer, "links": 4}],
        "uuid": f"GPU-00000081-0000-0000-0000-0000000000{bdf[5:7]}",
    }
    for bdf, peer in (("0000:43:00.0", "0000:44:00.0"), ("0000:44:00.0", "0000:43:00.0"))
]"""
_SWITCHED = """[
    {
        "name": "NVIDIA A100-SXM4-80GB",
        "pci_id": "10de:20b2",
        "compute": "8.0",
        "idle_gen": 4,
        "memory_mib": 81920,
        "nvlinks": [{"to": "switch", "links": 12}],
        "link_gb_per_s": 25,
        "bdf": bdf,
        "uuid": f"GPU-00000082-0000-0000-0000-0000000000{bdf[5:7]}",
    }
    for bdf in ("0000:41:00.0", "0000:c1:00.0")
], "nvswitches": ["0000:81:00.0"]"""
_CHANGES = (
    ('"gpu-2"', '"cards-1"'),
    ('"gpu-1"', '"cards-2"'),
    ('"10.77.0.12"', '"10.77.0.80"'),
    ('"10.77.0.11"', '"10.77.0.81"'),
    ('"gpus": _gpus(2)}', f'"gpus": {_BRIDGED}}}, "pcie_topology": {{"acs": "off"}}'),
    ('"gpus": _gpus(1)', f'"gpus": {_SWITCHED}'),
)


def write(lab: Path, into: Path) -> Path:
    """Write the inventory beside a copy of the lab's lock."""
    text = lab.read_text()
    for before, after in _CHANGES:
        assert text.count(before) == 1, before
        text = text.replace(before, after)
    into.write_text(text[: text.index("\nload_balancers")])
    if lock.path_of(lab).exists():
        shutil.copy(lock.path_of(lab), lock.path_of(into))
    return into


def shell_on(node: str, text: str) -> None:
    """Run shell text as root on one of the hosts."""
    user = "ubuntu" if node == "cards-2" else "root"
    host = LabHost(name=node, address=HOSTS[node], user=user, os="debian-13")
    sudo = () if user == "root" else ("sudo",)
    command = [*ssh_command(host), *sudo, "sh", "-s"]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def remove() -> None:
    """Stop and remove the hosts; the lab's own stay as they are."""
    for name in HOSTS:
        hosts.remove(name)

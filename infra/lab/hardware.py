"""A lab host's simulated hardware: its PCI tree, its cards' data and what shows them at boot."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from infra.lab import firmware, slots
from infra.lab.cards import card, cpus
from infra.lab.config_space import config
from infra.lab.pci import Function, attributes
from infra.lab.spec import LabHost

SCRIPTS = Path(__file__).with_name("hardware")


def render(host: LabHost, into: Path) -> None:
    """Write the host's simulated hardware into a folder, replacing what was there.

    A host without GPUs gets an empty PCI tree, so that it never shows its machine's own devices.
    """
    fresh = into.with_name(f".{into.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    functions = slots.tree(host)
    _tree(fresh / "pci", functions)
    for number, gpu in enumerate(host.gpus, start=1):
        _name_slot(fresh / "pci" / "slots" / str(number), gpu.bdf)
    _groups(fresh, functions)
    (fresh / "gpus").mkdir()
    for index, gpu in enumerate(host.gpus):
        (fresh / "gpus" / str(index)).write_text(card(gpu))
    (fresh / "dmesg").write_text(firmware.log(host, functions))
    (fresh / "cmdline").write_text(f"{firmware.COMMAND_LINE}\n" if host.gpus else "")
    _install(fresh)
    shutil.rmtree(into, ignore_errors=True)
    fresh.rename(into)


def _install(folder: Path) -> None:
    (folder / "bin").mkdir()
    for script in SCRIPTS.iterdir():
        target = folder / script.name if script.suffix else folder / "bin" / script.name
        target.write_bytes(script.read_bytes())
        target.chmod(0o755)


def _tree(pci: Path, functions: Mapping[str, Function]) -> None:
    for name in ("devices", "drivers", "slots"):
        (pci / name).mkdir(parents=True)
    groups = firmware.groups(functions)
    for path, function in functions.items():
        folder = pci / "tree" / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in attributes(function, cpus=cpus()).items():
            (folder / name).write_text(f"{text}\n")
        (folder / "config").write_bytes(config(function))
        (folder / "iommu_group").symlink_to(f"{firmware.GROUPS}/{groups[function.bdf]}")
        (pci / "devices" / function.bdf).symlink_to(f"../tree/{path}")


def _name_slot(slot: Path, bdf: str) -> None:
    slot.mkdir()
    (slot / "address").write_text(f"{bdf.partition('.')[0]}\n")


def _groups(folder: Path, functions: Mapping[str, Function]) -> None:
    units = folder / "iommu"
    units.mkdir()
    if functions:
        (units / "ivhd0").mkdir()
    (folder / "iommu_groups").mkdir()
    for bdf, number in firmware.groups(functions).items():
        devices = folder / "iommu_groups" / number / "devices"
        devices.mkdir(parents=True, exist_ok=True)
        (devices / bdf).symlink_to(f"/sys/bus/pci/devices/{bdf}")
        (devices.parent / "type").write_text("identity\n")

"""A lab host's simulated hardware: its PCI tree, its cards' data and what shows them at boot."""

import os
import shlex
import shutil
from pathlib import Path

from infra.lab.pci import Function, Link, attributes, config
from infra.lab.spec import LabGpu, LabHost

SCRIPTS = Path(__file__).with_name("hardware")
_ARCHITECTURES = {
    "6": ("Pascal", 3),
    "7.0": ("Volta", 3),
    "7.5": ("Turing", 3),
    "8.9": ("Ada Lovelace", 4),
    "8": ("Ampere", 4),
    "9": ("Hopper", 5),
    "10": ("Blackwell", 5),
    "12": ("Blackwell", 5),
}
"""Name and PCIe generation of the chip by compute capability."""
_MEMORY, _MEMORY_64, _PORTS = 0x40200, 0x14220C, 0x40101


def render(host: LabHost, into: Path) -> None:
    """Write the host's simulated hardware into a folder, replacing what was there.

    A host without GPUs gets an empty PCI tree, so that it never shows its machine's own devices.
    """
    fresh = into.with_name(f".{into.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    _tree(fresh / "pci", host.gpus)
    (fresh / "gpus").mkdir()
    for index, gpu in enumerate(host.gpus):
        (fresh / "gpus" / str(index)).write_text(_card(gpu))
    _install(fresh)
    shutil.rmtree(into, ignore_errors=True)
    fresh.rename(into)


def _install(folder: Path) -> None:
    (folder / "bin").mkdir()
    for script in SCRIPTS.iterdir():
        target = folder / script.name if script.suffix else folder / "bin" / script.name
        target.write_bytes(script.read_bytes())
        target.chmod(0o755)


def _tree(pci: Path, gpus: tuple[LabGpu, ...]) -> None:
    for name in ("devices", "drivers", "slots"):
        (pci / name).mkdir(parents=True)
    for gpu in gpus:
        for path, function in _path_to(gpu).items():
            _show(pci, path, function)


def _show(pci: Path, path: str, function: Function) -> None:
    folder = pci / "tree" / path
    if folder.is_dir() and (folder / "config").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in attributes(function, cpus=_cpus()).items():
        (folder / name).write_text(f"{text}\n")
    (folder / "config").write_bytes(config(function))
    (pci / "devices" / function.bdf).symlink_to(f"../tree/{path}")


def _path_to(gpu: LabGpu) -> dict[str, Function]:
    """Every function from the host bridge down to the card, by its path in the device tree."""
    port = _port(gpu)
    above = f"pci{_root(gpu)}"
    found = {f"{above}/{_root(gpu)}:00.0": _host_bridge(gpu)}
    if port is not None:
        found[f"{above}/{port.bdf}"] = port
        above = f"{above}/{port.bdf}"
    functions = (_gpu(gpu), *_audio(gpu))
    return found | {f"{above}/{function.bdf}": function for function in functions}


def _bus(gpu: LabGpu) -> int:
    return int(gpu.bdf.split(":")[1], 16)


def _root(gpu: LabGpu) -> str:
    """Domain and bus of the card's host bridge, which has sixteen buses below its ports."""
    return f"{gpu.bdf[:4]}:{max(_bus(gpu) - 1, 0) & 0xF0:02x}"


def _host_bridge(gpu: LabGpu) -> Function:
    return Function(f"{_root(gpu)}:00.0", 0x1022, 0x1480, 0x060000, (0x1022, 0x1480), numa=gpu.numa)


def _port(gpu: LabGpu) -> Function | None:
    if _bus(gpu) == 0:
        return None
    place = max(_bus(gpu) - 1, 0) & 0x0F
    return Function(
        bdf=f"{_root(gpu)}:{1 + place // 8:02x}.{place % 8}",
        vendor=0x1022,
        device=0x1483,
        class_code=0x060400,
        numa=gpu.numa,
        link=Link(gen=1, max_gen=gpu.gen, width=gpu.width, max_width=16),
        secondary_bus=_bus(gpu),
    )


def _gpu(gpu: LabGpu) -> Function:
    vendor, device = _ids(gpu)
    base = _bus(gpu) << 36
    return Function(
        bdf=gpu.bdf,
        vendor=vendor,
        device=device,
        class_code=0x030000 if _is_geforce(gpu) else 0x030200,
        subsystem=(vendor, 0x1467),
        revision=0xA1,
        numa=gpu.numa,
        link=Link(gen=1, max_gen=_chip(gpu)[1], width=gpu.width, max_width=16),
        regions=(
            (0xC0000000 + (_bus(gpu) << 20 & 0x3F000000), 1 << 24, _MEMORY),
            (base, _bar1_mib(gpu) << 20, _MEMORY_64),
            (0, 0, 0),
            (base + (1 << 35), 1 << 25, _MEMORY_64),
            (0, 0, 0),
            (0x1000 + (_bus(gpu) & 0x0F) * 0x1000, 0x80, _PORTS),
        ),
    )


def _audio(gpu: LabGpu) -> tuple[Function, ...]:
    if not _is_geforce(gpu) or not gpu.bdf.endswith(".0"):
        return ()
    subsystem = (0x10DE, 0x1467)
    link = Link(gen=1, max_gen=_chip(gpu)[1], width=gpu.width, max_width=16)
    bdf = f"{gpu.bdf[:-1]}1"
    return (Function(bdf, 0x10DE, 0x1AEF, 0x040300, subsystem, 0xA1, gpu.numa, link),)


def _card(gpu: LabGpu) -> str:
    """The card's data for the stand-ins, as shell assignments."""
    vendor, device = _ids(gpu)
    chip, chip_gen = _chip(gpu)
    values = {
        "name": gpu.name,
        "uuid": gpu.uuid,
        "bdf": gpu.bdf,
        "bus_id": f"0000{gpu.bdf}".upper(),
        "device_id": f"0x{device:04X}{vendor:04X}",
        "sub_device_id": f"0x1467{vendor:04X}",
        "architecture": chip,
        "compute_cap": gpu.compute,
        "memory_total": gpu.memory_mib,
        "bar1_total": _bar1_mib(gpu),
        "power_limit": 350,
        "gen_current": 1,
        "gen_max": min(gpu.gen, chip_gen),
        "gen_gpumax": chip_gen,
        "gen_hostmax": gpu.gen,
        "width_current": gpu.width,
        "width_max": 16,
        "numa": gpu.numa,
        "cpus": _cpus(),
        "bridge": _root(gpu),
        "p2p": "NS" if _is_geforce(gpu) else "OK",
    }
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())


def _ids(gpu: LabGpu) -> tuple[int, int]:
    vendor, _, device = gpu.pci_id.partition(":")
    return int(vendor, 16), int(device, 16)


def _is_geforce(gpu: LabGpu) -> bool:
    return "GeForce" in gpu.name


def _chip(gpu: LabGpu) -> tuple[str, int]:
    major = gpu.compute.partition(".")[0]
    name, gen = _ARCHITECTURES.get(gpu.compute) or _ARCHITECTURES.get(major, ("Unknown", gpu.gen))
    return name, max(gen, gpu.gen)


def _bar1_mib(gpu: LabGpu) -> int:
    return 1 << (gpu.memory_mib - 1).bit_length()


def _cpus() -> str:
    return f"0-{(os.cpu_count() or 1) - 1}"

"""The data of simulated cards for the stand-ins, as shell assignments."""

import os
import shlex
import uuid

from infra.lab import chip, slots
from infra.lab.pci import bus_of
from infra.lab.spec import LabGpu

_NAMESPACE = uuid.UUID("6b1f6a4e-7f0d-4a53-9d0e-3f0f4a3f7c11")


def card(gpu: LabGpu) -> str:
    """The card's data; what faults change of it is listed last."""
    values = {**_fixed(gpu), **_slot(gpu), **_peers(gpu), **_changing(gpu)}
    return "".join(f"{name}={shlex.quote(str(value))}\n" for name, value in values.items())


def cpus() -> str:
    """The machine's processors, as a list that every simulated card is near to."""
    return f"0-{(os.cpu_count() or 1) - 1}"


def _fixed(gpu: LabGpu) -> dict[str, object]:
    vendor, device = chip.ids(gpu)
    return {
        "name": gpu.name,
        "uuid": gpu.uuid,
        "device_id": f"0x{device:04X}{vendor:04X}",
        "sub_device_id": f"0x1467{vendor:04X}",
        "architecture": chip.architecture(gpu),
        "compute_cap": gpu.compute,
        "memory_total": gpu.memory_mib,
        "power_limit": 350,
        "mig": " ".join(f"{profile}={_mig(gpu, at)}" for at, profile in enumerate(gpu.mig)),
        "c2c": "Enabled" if gpu.c2c else "Disabled",
    }


def _slot(gpu: LabGpu) -> dict[str, object]:
    link = slots.link_of(gpu)
    has_port = bool(bus_of(gpu.bdf))
    return {
        "bdf": gpu.bdf,
        "bus_id": f"0000{gpu.bdf}".upper(),
        "gen_max": min(gpu.gen, link.max_gen),
        "gen_gpumax": link.max_gen,
        "gen_hostmax": gpu.gen if has_port else "N/A",
        "width_max": link.max_width,
        "numa": gpu.numa,
        "cpus": cpus(),
        "bridge": slots.root_of(slots.entry(gpu)),
        "switches": " ".join(gpu.switches),
    }


def _peers(gpu: LabGpu) -> dict[str, object]:
    granted = "NS" if chip.is_geforce(gpu) else "OK"
    return {
        "p2p": gpu.p2p if gpu.p2p is not None else granted,
        "nvlinks": " ".join(f"{link.to}={link.links}" for link in gpu.nvlinks),
        "nvlink_rate": f"{gpu.link_gb_per_s:g}",
    }


def _changing(gpu: LabGpu) -> dict[str, object]:
    link = slots.link_of(gpu)
    return {
        "bar1_total": chip.bar1_mib(gpu),
        "gen_current": link.gen,
        "width_current": link.width,
        "pstate": gpu.pstate,
        "utilization": 0 if gpu.idles else 97,
        "replays": 0,
        "lost": "",
        "nvlinks_down": 0,
        "data": "",
    }


def _mig(gpu: LabGpu, at: int) -> str:
    return f"MIG-{uuid.uuid5(_NAMESPACE, f'{gpu.uuid} {at}')}"

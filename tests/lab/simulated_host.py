"""A simulated host's hardware below a folder, as its boot would show it."""

import os
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

from infra.lab import faults
from infra.lab.hardware import render
from infra.lab.probe_image import PROGRAM
from infra.lab.spec import LabGpu, LabHost
from infra.lab.standins import standins
from roles.pcie_topology import reading
from roles.pcie_topology.tree import Tree

_DRIVER = "580.95.05"


def boot(root: Path, *gpus: LabGpu, nvswitches: tuple[str, ...] = ()) -> None:
    host = LabHost(
        name="gpu-1",
        address="10.77.0.11",
        user="root",
        os="debian-13",
        gpus=gpus,
        nvswitches=nvswitches,
    )
    made, run = root / "opt/lab/hardware", root / "run/lab"
    made.parent.mkdir(parents=True, exist_ok=True)
    render(host, made)
    for name in ("gpu", "driver", "made"):
        (run / name).mkdir(parents=True)
    shutil.copytree(made / "pci", run / "pci", symlinks=True)
    shutil.copytree(made / "gpus", run / "made" / "gpus")
    shutil.copytree(made / "iommu_groups", run / "iommu_groups", symlinks=True)
    (run / "cmdline").write_text("quiet amd_iommu=on iommu=pt\n")
    shown = root / "sys"
    for name, kept in (("bus/pci", "pci"), ("kernel/iommu_groups", "iommu_groups")):
        (shown / name).parent.mkdir(parents=True)
        (shown / name).symlink_to(run / kept)
    for path, content in _driver().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (run / "gpu/version").write_text(f"{_DRIVER}\n")
    for config in (run / "pci/tree").rglob("config"):
        link = config.with_name("iommu_group")
        group = link.readlink().name
        link.unlink()
        link.symlink_to(run / "iommu_groups" / group)
    shutil.copy(made / "dmesg", run / "dmesg")


def fault(root: Path, name: str, *, off: bool = False) -> None:
    text = faults.script(faults.faults()[name], off=off)
    environment = {**os.environ, "LAB_ROOT": str(root)}
    done = subprocess.run(["sh"], input=text, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr


def program(root: Path, name: str, *args: str) -> str:
    environment = {**os.environ, "LAB_ROOT": str(root)}
    command = ["sh", str(root / "opt/lab/hardware/bin" / name), *args]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def smi(root: Path, *args: str) -> str:
    """What the stand-in nvidia-smi prints, whatever its exit status."""
    return _shell(f'sh {root}/usr/bin/nvidia-smi "$@"', root, *args)


def probe(root: Path, *words: str) -> str:
    """The stand-in probe's document, with no programs but those of its image."""
    applets = root / "applets"
    applets.mkdir(exist_ok=True)
    for name in ("sh", "awk"):
        if not (applets / name).exists():
            (applets / name).symlink_to(shutil.which("busybox") or "")
    return _shell(f'PATH={applets} exec sh {PROGRAM} /probe/probe.py --json "$@"', root, *words)


def seen(root: Path, *, virtual: str = "none") -> Tree:
    """The host as pcie_topology reads it, its driver asked as well."""
    query = smi(root, f"--query-gpu={reading._QUERY}", "--format=csv,noheader,nounits")
    text = reading.tree(sys=str(root / "sys"), setpci=f"-O sysfs.path={root}/sys/bus/pci")
    lines = [f"smi {line}" for line in query.splitlines()] + _shell(text, root).splitlines()
    return replace(reading.parse(lines), virtual=virtual)


def _shell(text: str, root: Path, *args: str) -> str:
    environment = {**os.environ, "LAB_ROOT": str(root)}
    command = ["sh", "-c", text, "sh", *args]
    return subprocess.run(command, capture_output=True, text=True, env=environment).stdout


@cache
def _driver() -> dict[str, bytes]:
    names = ("nvidia-utils-580", "libnvidia-compute-580")
    return {
        path: content
        for each in standins()
        if each.deb.control["Package"] in names and each.deb.control["Version"] == f"{_DRIVER}-1"
        for path, (content, _) in each.deb.files.items()
    }

"""CDI specifications: what describes a host's GPUs to containers, and when it is out of date."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

SPEC = "/etc/cdi/nvidia.yaml"
"""The one specification, which survives a reboot and which podman reads as well."""
SCRIPT = "/usr/local/sbin/describe-gpus"
UNIT = "describe-gpus.service"
"""Makes the specification anew at every boot, since device numbers change with it."""
TOOLKIT_UNITS = ("nvidia-cdi-refresh.path", "nvidia-cdi-refresh.service")
"""The toolkit's own refresh: writes a second specification, in another place by version."""

_MARK = "--- infra:"
_PARTS = {
    "driver": "sed -nE 's/^NVRM version: .*  ([0-9]+[.][0-9.]*[0-9])($| .*)/\\1/p' "
    "/proc/driver/nvidia/version",
    "uvm": "awk '$2 == \"nvidia-uvm\" {print $1}' /proc/devices",
    "gpus": "nvidia-smi -L",
    "toolkit": "nvidia-ctk --version",
    "others": 'grep -lE \'"?kind"?: *"?nvidia\\.com/gpu\' /etc/cdi/*.yaml /etc/cdi/*.json '
    f"/run/cdi/*.yaml /run/cdi/*.json | grep -vx {SPEC}",
    "spec": f"cat {SPEC}",
}
COMMAND = "".join(
    f"echo '{_MARK}{part}'; {{ {text}; }} 2>/dev/null || true; " for part, text in _PARTS.items()
)
"""Shell text that prints what a specification must agree with, and the specification."""

_LIBRARY = re.compile(r"/lib(?:cuda|nvidia-ml)\.so\.(\d+(?:\.\d+)+)$")
_GPU = re.compile(r"^GPU \d+: .*\(UUID: (GPU-[^)]+)\)")
_MIG = re.compile(r"^\s+MIG .*\(UUID: (MIG-[^)]+)\)")
_TOOLKIT = re.compile(r"^(?:# )?NVIDIA Container Toolkit CLI version (\S+)")


@dataclass(frozen=True)
class Spec:
    """A CDI specification: device names, driver versions of its libraries, what made it."""

    devices: frozenset[str] = frozenset()
    drivers: frozenset[str] = frozenset()
    toolkit: str = ""
    """Version of the toolkit that made it; empty when not known."""
    has_nodes: bool = False
    """Whether it hands out device files at all."""
    has_uvm: bool = False
    uvm_major: int | None = None
    """Number of /dev/nvidia-uvm in it; None when it leaves that to the moment of use."""


@dataclass(frozen=True)
class State:
    """What a host has: loaded driver (empty: none), devices, toolkit, specifications."""

    driver: str = ""
    uvm_major: int | None = None
    devices: tuple[str, ...] = ()
    """UUIDs of GPUs, and of MIG devices in place of the GPUs that are divided."""
    toolkit: str = ""
    others: tuple[str, ...] = ()
    """Files beside ours that describe nvidia.com/gpu as well."""
    spec: Spec | None = field(default=None)


def parse(lines: Sequence[str]) -> State:
    """State from the answer to `COMMAND`."""
    parts: dict[str, list[str]] = {part: [] for part in _PARTS}
    into: list[str] = []
    for line in lines:
        if line.startswith(_MARK):
            into = parts[line[len(_MARK) :]]
        else:
            into.append(line)
    uvm = parts["uvm"]
    return State(
        driver=(parts["driver"] or [""])[0].strip(),
        uvm_major=int(uvm[0]) if uvm else None,
        devices=parse_devices(parts["gpus"]),
        toolkit=_toolkit(parts["toolkit"]),
        others=tuple(parts["others"]),
        spec=parse_spec("\n".join(parts["spec"])),
    )


def parse_devices(lines: Sequence[str]) -> tuple[str, ...]:
    """UUIDs that containers can be given, from `nvidia-smi -L`."""
    found: list[str] = []
    whole: str | None = None
    for line in lines:
        gpu, mig = _GPU.match(line), _MIG.match(line)
        if gpu:
            whole = gpu.group(1)
            found.append(whole)
        elif mig:
            found = [uuid for uuid in found if uuid != whole]
            found.append(mig.group(1))
    return tuple(found)


def parse_spec(text: str) -> Spec | None:
    """A specification's content; None when it is absent or no CDI specification."""
    try:
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return None
    if not isinstance(found, dict) or found.get("kind") != "nvidia.com/gpu":
        return None
    devices = [device for device in found.get("devices") or [] if isinstance(device, dict)]
    edits = [_edits(part) for part in (found, *devices)]
    nodes = [node for part in edits for node in part.get("deviceNodes") or []]
    uvm = [node for node in nodes if node.get("path") == "/dev/nvidia-uvm"]
    paths = [str(mount.get("hostPath")) for part in edits for mount in part.get("mounts") or []]
    return Spec(
        devices=frozenset(str(device.get("name")) for device in devices),
        drivers=frozenset(match.group(1) for match in map(_LIBRARY.search, paths) if match),
        toolkit=_toolkit(text.splitlines()),
        has_nodes=bool(nodes),
        has_uvm=bool(uvm),
        uvm_major=next((node["major"] for node in uvm if "major" in node), None),
    )


def _edits(part: dict[str, Any]) -> dict[str, Any]:
    return part.get("containerEdits") or {}


def _toolkit(lines: Sequence[str]) -> str:
    return next((match.group(1) for match in map(_TOOLKIT.match, lines) if match), "")


def faults(state: State) -> list[str]:
    """Sentences on what a host's specification gets wrong; none when containers get all GPUs."""
    spec = state.spec
    if spec is None:
        return [f"{SPEC} is absent or no CDI specification"]
    result = []
    if spec.drivers != {state.driver}:
        named = ", ".join(sorted(spec.drivers)) or "none"
        result.append(f"it is for driver {named}, loaded is {state.driver or 'none'}")
    lacking = [device for device in state.devices if device not in spec.devices]
    if lacking:
        result.append(f"it lacks {', '.join(lacking)}")
    if "all" not in spec.devices:
        result.append("it lacks the device all")
    if spec.toolkit != state.toolkit:
        result.append(f"toolkit {spec.toolkit or 'unknown'} made it, installed is {state.toolkit}")
    return result + _uvm_faults(spec, major=state.uvm_major)


def _uvm_faults(spec: Spec, *, major: int | None) -> list[str]:
    if major is None or not spec.has_nodes:
        return []
    if not spec.has_uvm:
        return ["it lacks /dev/nvidia-uvm, without which CUDA finds no device"]
    if spec.uvm_major is not None and spec.uvm_major != major:
        return [f"/dev/nvidia-uvm has number {spec.uvm_major} in it, now it is {major}"]
    return []

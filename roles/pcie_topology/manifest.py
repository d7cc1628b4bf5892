"""The hardware manifest beside an inventory: what each node was found to have.

`rack.py` has `rack.hardware.yaml`: {node: {learned: date, gpus: [{bdf, card, uuid, path, width,
gen, numa, bar1_mib, slot}]}}.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from roles.pcie_topology.lanes import is_judged
from roles.pcie_topology.promised import Manifest, PromisedGpu
from roles.pcie_topology.tree import Gpu, Tree, fastest, narrowest

_MANIFEST = TypeAdapter(Manifest)
_KEYS = frozenset(one.name for one in fields(PromisedGpu))
_HEADER = (
    "# What each node was found to have; `infra topology learn INVENTORY NODE` writes it anew.\n"
)


class ManifestError(ValueError):
    """A manifest that cannot be used; its sentence says file, place and what to do."""


def path_of(inventory: Path) -> Path:
    """Path of an inventory's hardware manifest."""
    return inventory.with_name(f"{inventory.stem}.hardware.yaml")


def read(inventory: Path) -> dict[str, Any]:
    """What a manifest says by node, unjudged; nothing when there is no file. ManifestError."""
    path = path_of(inventory)
    if not path.exists():
        return {}
    try:
        found = yaml.safe_load(path.read_text())
    except yaml.YAMLError as wrong:
        raise ManifestError(f"{path.name}: {_line(wrong)}is no YAML; {_ANEW}") from wrong
    except (OSError, UnicodeDecodeError) as wrong:
        raise ManifestError(f"{path.name}: cannot be read ({wrong})") from wrong
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ManifestError(f"{path.name}: holds no map of nodes; {_ANEW}")
    return {str(node): said for node, said in found.items()}


_ANEW = "mend or remove it; infra topology learn INVENTORY NODE writes it anew"


def _line(wrong: yaml.YAMLError) -> str:
    mark = wrong.problem_mark if isinstance(wrong, yaml.MarkedYAMLError) else None
    return f"line {mark.line + 1}: " if mark is not None else ""


def of(inventory: Path, node: str) -> Manifest | None:
    """The manifest of one node; None when it was never learned. ManifestError when it is broken."""
    said = read(inventory).get(node)
    if said is None:
        return None
    try:
        return _parsed(said)
    except (ValidationError, TypeError) as wrong:
        raise ManifestError(
            f"{path_of(inventory).name}: {node}: {_place(wrong)}; {_ANEW}"
        ) from wrong


def _parsed(said: Any) -> Manifest:  # noqa: ANN401
    if not isinstance(said, Mapping):
        raise TypeError("holds no map")
    manifest = _MANIFEST.validate_python({**said, "learned": str(said.get("learned", ""))})
    for gpu in said.get("gpus", ()):
        strange = sorted(set(gpu) - _KEYS)
        if strange:
            raise TypeError(f"gpus: no such key: {', '.join(map(str, strange))}")
    return manifest


def _place(wrong: Exception) -> str:
    if not isinstance(wrong, ValidationError):
        return str(wrong)
    first = wrong.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def learned(tree: Tree, *, day: str) -> Manifest:
    """The manifest of a host as its tree is now."""
    return Manifest(learned=day, gpus=tuple(map(_learned, tree.gpus)))


def _learned(gpu: Gpu) -> PromisedGpu:
    least = narrowest(gpu) if is_judged(gpu) else None
    return PromisedGpu(
        bdf=gpu.bdf,
        card=gpu.name,
        uuid=gpu.driver.uuid if gpu.driver is not None else "",
        path=tuple(one.bdf for one in gpu.way),
        width=least.link.width if least is not None else 0,
        gen=fastest(gpu) if is_judged(gpu) else 0,
        numa=gpu.function.numa,
        bar1_mib=gpu.bar1_mib,
        slot=gpu.slot,
    )


def text(known: Mapping[str, Any], *, node: str, manifest: Manifest) -> str:
    """The file's text with one node written anew and the others as they were."""
    one = {
        "learned": manifest.learned,
        "gpus": [{**asdict(gpu), "path": list(gpu.path)} for gpu in manifest.gpus],
    }
    return _HEADER + yaml.safe_dump({**known, node: one}, sort_keys=False, width=100)

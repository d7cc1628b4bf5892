"""What is measured, in which order, and the one document that says what came of it."""

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any

from . import alone, collectives, copies, corruption, devices, steps, writes

FORMAT = 1
_PARTS = ("", "alone", "pairs", "concurrent", "collectives")


def main(argv: Sequence[str] | None = None) -> int:
    """Print the document; 0 whatever it says, 1 when the GPUs cannot be listed."""
    given = _arguments(argv)
    out = os.dup(1)
    os.dup2(2, 1)  # libraries write to standard output as they like
    os.environ["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"  # numbers as nvidia-smi gives them
    found = document(given)
    os.write(out, (json.dumps(found) + "\n").encode())
    return 1 if found.get("error") else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON, which it always does")
    parser.add_argument("--backend", choices=("nccl", "gloo"), default="nccl")
    parser.add_argument("--devices", type=int, default=2, help="simulated ones, with gloo")
    parser.add_argument("--groups", default="", help="groups of GPUs besides all: 0,1:2,3")
    parser.add_argument("--megabytes", type=int, default=64)
    parser.add_argument("--step-seconds", type=float, default=60)
    parser.add_argument("--only", choices=_PARTS, default="", help="one part of the document")
    parser.add_argument("--corrupt", choices=corruption.NAMES, default="")
    return parser.parse_args(argv)


def document(given: argparse.Namespace) -> dict[str, Any]:
    """The whole document; a step that fails is told in its own place."""
    place = {"backend": given.backend, "devices": given.devices, "corrupt": given.corrupt}
    known = steps.each(devices.described, [place], seconds=given.step_seconds)[0]
    head = {"format": FORMAT, "simulated": given.backend != "nccl", "backend": given.backend}
    if known.get("error"):
        return {**head, "error": known["error"]}
    sized = {**place, "size": given.megabytes << 20}
    parts = {
        name: part(known, sized, given)
        for name, part in _MEASURES.items()
        if given.only in ("", name)
    }
    return {**head, **known, **parts}


def _alone(
    known: dict[str, Any], place: dict[str, Any], given: argparse.Namespace
) -> list[dict[str, Any]]:
    return _each(alone.measured, alone.tasks(len(known["gpus"])), place, given)


def _pairs(
    known: dict[str, Any], place: dict[str, Any], given: argparse.Namespace
) -> list[dict[str, Any]]:
    parts = copies.batches(len(known["gpus"]))
    return [one for part in parts for one in _each(copies.measured, part, place, given)]


def _concurrent(
    known: dict[str, Any], place: dict[str, Any], given: argparse.Namespace
) -> list[dict[str, Any]]:
    parts = writes.batches(known["peers"])
    return [one for part in parts for one in _each(writes.measured, part, place, given)]


def _collectives(
    known: dict[str, Any], place: dict[str, Any], given: argparse.Namespace
) -> list[dict[str, Any]]:
    return [
        one
        for task in collectives.tasks(len(known["gpus"]), groups=_groups(given.groups))
        for one in collectives.measured(task, place=place, seconds=given.step_seconds)
    ]


_MEASURES = {
    "alone": _alone,
    "pairs": _pairs,
    "concurrent": _concurrent,
    "collectives": _collectives,
}


def _each(
    work: steps.Work,
    tasks: list[dict[str, Any]],
    place: dict[str, Any],
    given: argparse.Namespace,
) -> list[dict[str, Any]]:
    answers = steps.each(work, [{**place, **task} for task in tasks], seconds=given.step_seconds)
    return [{**task, "error": "", **said} for task, said in zip(tasks, answers, strict=True)]


def _groups(text: str) -> list[list[int]]:
    return [[int(one) for one in group.split(",")] for group in text.split(":") if group]

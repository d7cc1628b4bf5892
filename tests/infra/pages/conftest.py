"""A rack's night as a page gets it: real roles and checks, made-up faults."""

import ast
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from infra import manual
from infra.drift import Drift, NodeDrift
from infra.history import History, Run, run_of
from infra.verdict import UNREACHABLE, Report, Verdict
from infra.words import Change

HERE = Path(__file__).resolve().parent
ROLES = HERE.parents[2] / "roles"
STARTED = datetime(2026, 11, 21, 2, 34, tzinfo=timezone.utc)
INVENTORY = "inventories/rack.py"
GPU_ROLES = (
    "base_system",
    "host_firewall",
    "node_standing",
    "pcie_topology",
    "gpu_driver",
    "cuda_toolkit",
    "container_runtime",
    "gpu_interconnect",
    "model_cache",
    "inference_engine",
)
BALANCER_ROLES = ("base_system", "host_firewall", "load_balancer", "health_watch")
AWAY = f"{UNREACHABLE}10.20.0.16 port 22: no route to host"
WAIVED = "until 2026-12-01 by mara: the replacement card is on order"


@dataclass(frozen=True)
class Night:
    """What one page is made of."""

    report: Report
    history: History
    drift: Drift


@pytest.fixture(scope="session")
def night() -> Night:
    """Eight nodes, some 300 checks, thirty nights; findings of every kind."""
    verdicts = tuple(_verdicts())
    remarks = ("gpu-4 is being deployed by jonas@desk since 02:31; its checks may differ after",)
    report = Report(INVENTORY, STARTED, 14.2, verdicts, remarks=remarks)
    return Night(report, _history(report), _drift())


@pytest.fixture
def drilled() -> dict[str, Any]:
    """The record of a drill in the lab that went well, as it was written."""
    return dict(json.loads((HERE / "drill-ok.json").read_text()))


@pytest.fixture
def failed_drill() -> dict[str, Any]:
    """The record of a drill in the lab that failed under load; of its losses the first ones."""
    return dict(json.loads((HERE / "drill-failed.json").read_text()))


def _verdicts() -> Iterator[Verdict]:
    for node in [*(f"gpu-{number}" for number in range(1, 8)), "balancer-1"]:
        roles = BALANCER_ROLES if node == "balancer-1" else GPU_ROLES
        good = [one for role in roles for one in _passed(node, role)]
        if node == "gpu-6":
            yield from (replace(one, verdict="unproven", reason=AWAY) for one in good)
        else:
            yield from (_faulty(one) for one in good)
        if node == "gpu-2":
            yield _expired(node)


def _passed(node: str, role: str) -> Iterator[Verdict]:
    tree = ast.parse((ROLES / role / "checks.py").read_text())
    for at, item in enumerate(tree.body):
        if isinstance(item, ast.FunctionDef) and item.name.startswith("check_"):
            sentence = " ".join((ast.get_docstring(item) or "").split("\n\n")[0].split())
            yield Verdict(node, role, item.name, sentence, "passed", seconds=0.02 + at % 7 / 100)


_FAULTS: Mapping[tuple[str, str], tuple[str, str]] = {
    ("gpu-5", "check_every_gpu_has_the_lanes_its_slot_gives"): (
        "failed",
        "0000:41:00.0 (RTX 3090, slot 4): x4, the manifest says x16; the narrowest link is that "
        "of port 0000:40:01.1",
    ),
    ("gpu-3", "check_installed_driver_is_the_pinned_one"): (
        "failed",
        "nvidia-driver-580-server is at 580.82.09, promised is 580.95.05\n"
        "nvidia-utils-580-server is at 580.82.09, promised is 580.95.05",
    ),
    ("gpu-4", "check_interconnect_was_proven_as_it_is_now"): (
        "unproven",
        "the host was booted after the proof of 2026-11-20 03:12; deploy to prove it anew",
    ),
    ("gpu-4", "check_driver_grants_peer_access_as_proven"): (
        "unproven",
        "the host was booted after the proof of 2026-11-20 03:12; deploy to prove it anew",
    ),
    ("gpu-7", "check_nvidia_smi_lists_every_gpu"): (
        "failed",
        "7 of 8 cards answer; 0000:c1:00.0 fell off the bus (Xid 79)",
    ),
}


def _faulty(verdict: Verdict) -> Verdict:
    word, reason = _FAULTS.get((verdict.node, verdict.check), ("passed", ""))
    todo = manual.todo(verdict.role, verdict.check) if reason else ""
    waived = WAIVED if verdict.node == "gpu-7" and reason else ""
    return replace(verdict, verdict=word, reason=reason, waived=waived, todo=todo)  # type: ignore[arg-type]


def _expired(node: str) -> Verdict:
    return Verdict(
        node,
        "base_system",
        "waiver",
        "No waiver is older than its last day",
        "failed",
        "base_system.check_clock_*: the waiver of jonas (no NTP in that network yet) is expired "
        "since 2026-11-20",
        todo="keep the promise and take the waiver out of the inventory, or have its owner give "
        "it another last day",
    )


_NIGHTS: Sequence[tuple[int, int]] = (
    *[(0, 0)] * 6,
    *[(1, 2), (1, 2), (3, 0), (9, 4), (2, 0)],
    *[(0, 0)] * 9,
    *[(0, 2), (0, 2), (1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 2), (2, 2)],
)
"""Failed and unproven of the nights before."""


def _history(report: Report) -> History:
    now = run_of(report)
    runs = [
        _run(STARTED - timedelta(days=len(_NIGHTS) - at), failed, unproven, now=now)
        for at, (failed, unproven) in enumerate(_NIGHTS)
    ]
    new, old = STARTED, STARTED - timedelta(days=7)
    fresh = ("gpu-3", "gpu_driver", "check_installed_driver_is_the_pinned_one")
    lanes = ("gpu-5", "pcie_topology", "check_every_gpu_has_the_lanes_its_slot_gives")
    mended = ("gpu-1", "model_cache", "check_model_files_are_immutable")
    return History(
        (*runs, now),
        (
            Change(*fresh, "passed", "failed"),
            Change("gpu-6", "", "", "reachable", "unreachable"),
            Change("gpu-2", "base_system", "waiver", "", "failed"),
            Change(*mended, "failed", "passed"),
        ),
        {fresh: new, lanes: old, ("gpu-6", "", ""): new},
    )


def _run(started: datetime, failed: int, unproven: int, *, now: Run) -> Run:
    """A night whose faults were those of gpu-5, and of others where there were many."""
    by_node = {node: (sum(counts), 0, 0) for node, counts in now.by_node.items()}
    by_node["gpu-5"] = (by_node["gpu-5"][0] - min(failed, 2), min(failed, 2), unproven)
    if failed > 2:
        by_node["gpu-1"] = (by_node["gpu-1"][0] - failed + 2, failed - 2, 0)
    passed = sum(map(sum, now.by_node.values())) - failed - unproven - 1
    return Run(started, passed, failed, unproven, 1, by_node)


def _drift() -> Drift:
    return Drift(
        (
            NodeDrift("gpu-1"),
            NodeDrift(
                "gpu-3",
                {"gpu_driver": ("Install pinned driver packages", "Hold driver packages")},
                ("gpu-3 is booted anew: driver 580.95.05",),
            ),
            NodeDrift("gpu-6", problem=AWAY),
        ),
        3.1,
    )

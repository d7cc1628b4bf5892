"""Collectives whose result is known, by the GPUs' own paths and, as control, without them."""

import os
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from . import corruption, libraries, steps

OPERATIONS = ("all_reduce", "all_gather")
_SIZES = (1 << 10, 1 << 16, 1 << 20, 1 << 24)
"""Elements; NCCL moves small, middle and large ones by protocols of their own."""
_TIMES = 5


def tasks(count: int, *, groups: list[list[int]]) -> list[dict[str, Any]]:
    """All GPUs and each group, with and without their own paths."""
    several = [list(range(count)), *groups]
    wanted = [group for at, group in enumerate(several) if group not in several[:at]]
    return [
        {"p2p": p2p, "gpus": group} for group in wanted if len(group) > 1 for p2p in (True, False)
    ]


def measured(
    task: dict[str, Any], *, place: dict[str, Any], seconds: float
) -> list[dict[str, Any]]:
    """What the ranks found of each operation; a rank that hangs is killed with all others."""
    with tempfile.TemporaryDirectory() as folder:
        answers = _ranks(task, place=place, store=f"{folder}/store", seconds=seconds)
    errors = [f"rank {rank}: {one['error']}" for rank, one in enumerate(answers) if one["error"]]
    return [
        {
            **task,
            "operation": operation,
            "elements": sum(_sizes(place)),
            "wrong": sum(one.get(operation, 0) for one in answers),
            "bus_gb_per_s": min(one.get("bus_gb_per_s", 0.0) for one in answers),
            "error": "; ".join(errors[:2]),
        }
        for operation in OPERATIONS
    ]


def _sizes(place: dict[str, Any]) -> list[int]:
    return [many for many in _SIZES if many * 4 <= place["size"]]


def _ranks(
    task: dict[str, Any], *, place: dict[str, Any], store: str, seconds: float
) -> list[dict[str, Any]]:
    lines: list[Connection] = []
    processes = []
    for rank in range(len(task["gpus"])):
        ours, theirs = steps.CONTEXT.Pipe()
        mine = _Rank(rank=rank, task=task, place=place, store=store, seconds=seconds)
        process = steps.CONTEXT.Process(target=_serve, args=(theirs, mine), daemon=True)
        process.start()
        theirs.close()
        lines.append(ours)
        processes.append(process)
    try:
        return _answers(lines, seconds=seconds)
    finally:
        for process in processes:
            process.kill()
            process.join(5)


def _answers(lines: list[Connection], *, seconds: float) -> list[dict[str, Any]]:
    """What each rank says: first that it is there, then what it found."""
    found: dict[int, dict[str, Any]] = {}
    there: set[int] = set()
    end = time.monotonic() + steps.READY_SECONDS
    while len(found) < len(lines):
        waiting = [line for at, line in enumerate(lines) if at not in found]
        ready = wait(waiting, timeout=max(0.0, end - time.monotonic()))
        if not ready:
            break
        for line in ready:
            at = lines.index(line)  # type: ignore[arg-type]
            said = _said(line)  # type: ignore[arg-type]
            if said is None:
                there.add(at)
                if len(there) == len(lines):
                    end = time.monotonic() + seconds
            else:
                found[at] = said
    silent = {"error": f"hung: no end within {seconds:g} s"}
    return [found.get(at, silent) for at in range(len(lines))]


def _said(line: Connection) -> dict[str, Any] | None:
    try:
        said = line.recv()
    except (EOFError, OSError):
        return {"error": "its process ended without a word"}
    return None if said == "there" else dict(said)


@dataclass(frozen=True)
class _Rank:
    """One of the processes that compute together."""

    rank: int
    task: dict[str, Any]
    place: dict[str, Any]
    store: str
    seconds: float


def _serve(line: Connection, mine: _Rank) -> None:
    os.environ.update({"NCCL_SOCKET_IFNAME": "lo", "GLOO_SOCKET_IFNAME": "lo"})
    p2p = mine.task["p2p"]
    # the longest reach: what NCCL would not try by itself is what is to be proven
    off = {"NCCL_P2P_DISABLE": "1", "NCCL_NVLS_ENABLE": "0"}  # a switch that sums is a peer's path
    os.environ.update({"NCCL_P2P_LEVEL": "SYS"} if p2p else off)
    libraries.torch()
    line.send("there")
    spoil = corruption.Corruption(mine.place["corrupt"])
    spoil.hang("collective-hang", when=p2p and mine.rank == 0)
    try:
        line.send({"error": "", **_Found(mine, spoil).all()})
    except RuntimeError as wrong:
        line.send({"error": str(wrong).strip().splitlines()[0]})


class _Found:
    """What a rank computes, and what it should have."""

    def __init__(self, mine: _Rank, spoil: corruption.Corruption) -> None:
        torch = libraries.torch()
        self._torch, self._group = torch, libraries.distributed()
        self._mine, self._spoil = mine, spoil
        self._size = len(mine.task["gpus"])
        self._at = torch.device("cpu")
        if mine.place["backend"] == "nccl":
            self._at = torch.device("cuda", mine.task["gpus"][mine.rank])
            torch.cuda.set_device(self._at)

    def all(self) -> dict[str, Any]:
        """Wrong elements by operation, and the rate on the bus."""
        self._group.init_process_group(
            self._mine.place["backend"],
            init_method=Path(self._mine.store).as_uri(),
            rank=self._mine.rank,
            world_size=self._size,
            timeout=timedelta(seconds=self._mine.seconds),
        )
        sizes = _sizes(self._mine.place)
        return {
            "all_reduce": sum(self._reduced(many) for many in sizes),
            "all_gather": sum(self._gathered(many) for many in sizes),
            "bus_gb_per_s": self._rate(sizes[-1]),
        }

    def _values(self, rank: int, many: int) -> Any:  # noqa: ANN401
        """Whole numbers, so that a sum in any order is exact."""
        return (self._torch.arange(many, device=self._at) % 1024 + rank).to(self._torch.float32)

    def _reduced(self, many: int) -> int:
        found = self._values(self._mine.rank, many)
        self._group.all_reduce(found)
        self._spoil.miscompute(found, p2p=self._mine.task["p2p"])
        wanted = self._values(0, many) * self._size + self._size * (self._size - 1) // 2
        return int((found != wanted).sum().item())

    def _gathered(self, many: int) -> int:
        found = [self._torch.zeros(many, device=self._at) for _ in range(self._size)]
        self._group.all_gather(found, self._values(self._mine.rank, many))
        self._spoil.miscompute(found[-1], p2p=self._mine.task["p2p"])
        pieces = enumerate(found)
        return sum(int((piece != self._values(of, many)).sum().item()) for of, piece in pieces)

    def _rate(self, many: int) -> float:
        """GB/s on the bus, as nccl-tests counts it, of an all_reduce."""
        values = self._torch.zeros(many, device=self._at)
        self._group.all_reduce(values)
        self._group.barrier()
        begin = time.perf_counter()
        for _ in range(_TIMES):
            self._group.all_reduce(values)
        values.sum().item()  # waits for the device
        seconds = (time.perf_counter() - begin) / _TIMES
        return many * 4 / seconds / 1e9 * 2 * (self._size - 1) / self._size

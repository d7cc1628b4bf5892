"""One GPU writes to several others at the same time: behind one switch some boards lose some."""

from functools import partial
from typing import Any

from . import corruption, devices, pattern

_TIMES = 10


def tasks(peers: dict[int, list[int]]) -> list[dict[str, Any]]:
    """Every source with all whom it may reach, as many at a time as CUDA opens."""
    most = devices.MOST_PEERS
    return [
        {"from": int(source), "to": targets[at : at + most]}
        for source, targets in peers.items()
        for at in range(0, len(targets), most)
    ]


def batches(peers: dict[int, list[int]]) -> list[list[dict[str, Any]]]:
    """The same in parts for one process each."""
    every = tasks(peers)
    return [every] if len(peers) <= devices.MOST_PEERS + 1 else [[task] for task in every]


def measured(
    backend: str,
    *,
    devices: int,
    corrupt: str,
    size: int,
    **task: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """What all destinations hold after the writes; each is sent a pattern of its own."""
    return _measured(_Writes(backend, count=devices, corrupt=corrupt, size=size, task=task))


class _Writes:
    def __init__(
        self, backend: str, *, count: int, corrupt: str, size: int, task: dict[str, Any]
    ) -> None:
        self.all = devices.of(backend, devices=count)
        self.spoil = corruption.Corruption(corrupt)
        self.source, self.size = task["from"], size
        places = [self.all.place(target) for target in task["to"]]
        at = self.all.place(self.source)
        self.sent = [pattern.made(size, seed=seed, at=at) for seed in range(len(places))]
        self.got = [pattern.poisoned(size, at=place) for place in places]

    def write(self) -> None:
        """All at once."""
        pieces = list(zip(self.got, self.sent, strict=True))
        if self.spoil.is_stale():
            pieces = pieces[:-1]
        self.all.together(
            [partial(got.copy_, sent, non_blocking=True) for got, sent in pieces], on=self.source
        )


def _measured(writes: _Writes) -> dict[str, Any]:
    writes.spoil.hang("concurrent-hang", when=True)
    writes.all.wait()
    seconds = writes.all.seconds(writes.write, on=writes.source, times=_TIMES)
    wrong = sum(pattern.wrong_bytes(got, seed=seed) for seed, got in enumerate(writes.got))
    total = writes.size * len(writes.got)
    return {"bytes": total, "wrong_bytes": wrong, "gb_per_s": total / seconds / 1e9}

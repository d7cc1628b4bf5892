"""One-way copies from GPU to GPU: whether they arrive, how fast, and what the host's way costs."""

from typing import Any

from . import corruption, devices, pattern

_ROUNDS = 3
_TIMES = 20
_TINY, _TINY_TIMES = 16, 200


def tasks(count: int) -> list[dict[str, Any]]:
    """Every ordered pair."""
    return [{"from": a, "to": b} for a in range(count) for b in range(count) if a != b]


def batches(count: int) -> list[list[dict[str, Any]]]:
    """The same in parts for one process each: CUDA opens eight peers of a GPU at the most."""
    every = tasks(count)
    if count <= devices.MOST_PEERS + 1:
        return [every]
    return [every[at : at + devices.MOST_PEERS] for at in range(0, len(every), devices.MOST_PEERS)]


def measured(backend: str, *, devices: int, corrupt: str, size: int, **pair: int) -> dict[str, Any]:
    """What a pair's copies came to; the keys are those of the document."""
    found = _Pair(backend, count=devices, corrupt=corrupt, size=size, **_ends(pair))
    found.spoil.hang("copy-hang", when=found.source == 0)
    wrong = sum(found.wrong(seed=seed) for seed in range(_ROUNDS))
    return {
        "peer_access": found.granted,
        "bytes": size,
        "wrong_bytes": wrong,
        "gb_per_s": found.rate(),
        "latency_us": found.latency(),
        "staged_gb_per_s": found.staged_rate(),
        "staged_latency_us": found.staged_latency(),
    }


def _ends(pair: dict[str, int]) -> dict[str, int]:
    """`from` is no name for an argument."""
    return {"source": pair["from"], "target": pair["to"]}


class _Pair:
    """A piece of memory on each of two devices."""

    def __init__(
        self, backend: str, *, count: int, corrupt: str, size: int, source: int, target: int
    ) -> None:
        self.all = devices.of(backend, devices=count)
        self.spoil = corruption.Corruption(corrupt)
        self.source, self.target, self.size = source, target, size
        self.granted = self.all.peer_access(source, target) and not self.spoil.refuses()
        self._sent = pattern.made(size, seed=0, at=self.all.place(source))
        self._got = pattern.poisoned(size, at=self.all.place(target))
        self._host = self.all.host(size)

    def wrong(self, *, seed: int) -> int:
        """Bytes that are wrong at the destination after one copy."""
        self._sent.copy_(pattern.made(self.size, seed=seed, at=self._sent.device))
        self._got.fill_(0xA5)
        self.all.wait()
        self._copy()
        self.all.wait()
        return pattern.wrong_bytes(self._got, seed=seed)

    def _copy(self) -> None:
        self.spoil.slow()
        if not self.spoil.loses():
            self._got.copy_(self._sent, non_blocking=True)
        self.spoil.flip(self._got)

    def rate(self) -> float:
        """GB/s of many copies in a row."""
        return self._gb_per_s(self._copy)

    def staged_rate(self) -> float:
        """GB/s by way of the host's memory."""
        return self._gb_per_s(self._by_host)

    def latency(self) -> float:
        """Microseconds of a copy of a few bytes; 0 when it cannot be told from torch's own cost."""
        copy = self.all.tiny(self._sent[:_TINY], self._got[:_TINY])
        if copy is None:
            return 0.0
        action = self.spoil.late(copy)
        return self.all.seconds(action, on=self.source, times=_TINY_TIMES) * 1e6

    def staged_latency(self) -> float:
        """Microseconds of a few bytes by way of the host's memory."""
        host, sent, got = (piece[:_TINY] for piece in (self._host, self._sent, self._got))

        def action() -> None:
            host.copy_(sent)
            got.copy_(host)

        return self.all.seconds(action, on=self.target, times=_TINY_TIMES) * 1e6

    def _by_host(self) -> None:
        self._host.copy_(self._sent)
        self._got.copy_(self._host)

    def _gb_per_s(self, action: Any) -> float:  # noqa: ANN401
        return self.size / self.all.seconds(action, on=self.source, times=_TIMES) / 1e9

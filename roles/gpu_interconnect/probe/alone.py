"""Each GPU by itself: what the host's memory gives it and gets back."""

from typing import Any

from . import corruption, devices, pattern

_TIMES = 20


def tasks(count: int) -> list[dict[str, Any]]:
    """Every GPU."""
    return [{"index": index} for index in range(count)]


def measured(backend: str, *, devices: int, corrupt: str, size: int, index: int) -> dict[str, Any]:
    """Both directions: GB/s, and the bytes that are wrong after the way there and back."""
    return _measured(_all(backend, devices), corruption.Corruption(corrupt), size, index)


def _all(backend: str, count: int) -> devices.Devices:
    return devices.of(backend, devices=count)


def _measured(
    found: devices.Devices, spoil: corruption.Corruption, size: int, index: int
) -> dict[str, Any]:
    sent, back = found.host(size), found.host(size)
    sent.copy_(pattern.made(size, seed=index, at="cpu"))
    there = pattern.poisoned(size, at=found.place(index))
    to_device = found.seconds(lambda: there.copy_(sent, non_blocking=True), on=index, times=_TIMES)
    wrong = pattern.wrong_bytes(there, seed=index)
    to_host = found.seconds(lambda: back.copy_(there, non_blocking=True), on=index, times=_TIMES)
    spoil.flip_host(back)
    return {
        "host_to_device_gb_per_s": size / to_device / 1e9,
        "device_to_host_gb_per_s": size / to_host / 1e9,
        "wrong_bytes": wrong + pattern.wrong_bytes(back, seed=index),
    }

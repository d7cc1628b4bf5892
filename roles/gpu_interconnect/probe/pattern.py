"""Bytes that are known at both ends without having been sent."""

from typing import Any

from . import libraries

_SPREAD = 2654435761
_POISON = 0xA5


def made(size: int, *, seed: int, at: Any) -> Any:  # noqa: ANN401
    """A tensor of so many bytes on a device, another one for each seed."""
    torch = libraries.torch()
    numbers = torch.arange(size // 4, dtype=torch.int64, device=at)
    return ((numbers * _SPREAD + seed * 40503) & 0x7FFFFFFF).to(torch.int32).view(torch.uint8)


def poisoned(size: int, *, at: Any) -> Any:  # noqa: ANN401
    """A tensor that shows what never arrived."""
    torch = libraries.torch()
    return torch.full((size,), _POISON, dtype=torch.uint8, device=at)


def wrong_bytes(found: Any, *, seed: int) -> int:  # noqa: ANN401
    """Bytes that are not the pattern's, counted on the device that holds them."""
    return int((found != made(found.numel(), seed=seed, at=found.device)).sum().item())

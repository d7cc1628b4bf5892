"""CUDA's own copy between GPUs: torch's costs more than the latency that is looked for."""

import ctypes
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

_LIBRARY = re.compile(r"(/\S*libcudart\S*\.so[.\d]*)$", re.MULTILINE)


def loaded() -> ctypes.CDLL | None:
    """The runtime that torch loaded into this process; None when it has none of its own."""
    found = _LIBRARY.search(Path("/proc/self/maps").read_text())
    return ctypes.CDLL(found.group(1)) if found is not None else None


def copy(
    runtime: ctypes.CDLL,
    source: Any,  # noqa: ANN401
    target: Any,  # noqa: ANN401
    *,
    stream: int,
) -> Callable[[], None]:
    """A copy of all of one tensor into another, queued on a stream; RuntimeError when refused."""
    call = runtime.cudaMemcpyPeerAsync
    call.restype = ctypes.c_int
    given = (
        ctypes.c_void_p(target.data_ptr()),
        ctypes.c_int(target.device.index),
        ctypes.c_void_p(source.data_ptr()),
        ctypes.c_int(source.device.index),
        ctypes.c_size_t(source.numel() * source.element_size()),
        ctypes.c_void_p(stream),
    )

    def queue() -> None:
        status = call(*given)
        if status:
            raise RuntimeError(f"cudaMemcpyPeerAsync: error {status}")

    return queue

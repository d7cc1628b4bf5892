"""GPUs, or memory of the CPU in their place: making, copying and timing tensors."""

import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Protocol

from . import cudart, libraries

MOST_PEERS = 8
"""Other GPUs whose memory CUDA opens to one, where no NVSwitch is between them."""


class Devices(Protocol):
    """What every rung needs of devices; a tensor is bytes on one of them."""

    def count(self) -> int:
        """How many there are."""
        ...

    def peer_access(self, source: int, target: int) -> bool:
        """Whether CUDA says that one reaches the other's memory."""
        ...

    def place(self, index: int) -> Any:  # noqa: ANN401
        """What torch calls the device."""
        ...

    def host(self, size: int) -> Any:  # noqa: ANN401
        """Bytes of the host's memory that devices reach quickly."""
        ...

    def wait(self) -> None:
        """Until all that was begun has ended."""
        ...

    def seconds(self, action: Callable[[], None], *, on: int, times: int) -> float:
        """Seconds that one of many actions takes on a device's own clock."""
        ...

    def tiny(self, source: Any, target: Any) -> Callable[[], None] | None:  # noqa: ANN401
        """A copy without the cost of torch around it; None when there is none."""
        ...

    def together(self, actions: list[Callable[[], None]], *, on: int) -> None:
        """Actions that run at the same time."""
        ...


def of(backend: str, *, devices: int) -> Devices:
    """The devices of a backend; with gloo so many pieces of the host's memory."""
    return Cuda() if backend == "nccl" else Cpu(devices)


def described(backend: str, *, devices: int, corrupt: str = "") -> dict[str, Any]:
    """Libraries' versions, every GPU, and whom each may reach."""
    torch = libraries.torch()
    found = of(backend, devices=devices)
    count = found.count()
    peers = {a: [b for b in range(count) if b != a] for a in range(count)}
    if backend != "nccl":
        gpus = [{"index": n, "uuid": f"CPU-{n}", "name": "CPU memory"} for n in range(count)]
        return {"torch": torch.__version__, "nccl": "", "gpus": gpus, "peers": peers}
    version = ".".join(str(part) for part in torch.cuda.nccl.version())
    return {
        "torch": torch.__version__,
        "nccl": version,
        "gpus": [_card(torch.cuda.get_device_properties(n), index=n) for n in range(count)],
        "peers": {a: [b for b in of_a if found.peer_access(a, b)] for a, of_a in peers.items()},
    }


def _card(properties: Any, *, index: int) -> dict[str, Any]:  # noqa: ANN401
    uuid = str(getattr(properties, "uuid", ""))
    return {"index": index, "uuid": uuid and f"GPU-{uuid}", "name": properties.name}


class Cuda:
    """NVIDIA's GPUs."""

    def __init__(self) -> None:
        """Those that this process may use."""
        self._torch = libraries.torch()
        self._runtime = cudart.loaded()

    def count(self) -> int:
        """As CUDA sees them."""
        return int(self._torch.cuda.device_count())

    def peer_access(self, source: int, target: int) -> bool:
        """As the driver tells programs."""
        return bool(self._torch.cuda.can_device_access_peer(source, target))

    def place(self, index: int) -> Any:  # noqa: ANN401
        """`cuda:N`."""
        return self._torch.device("cuda", index)

    def host(self, size: int) -> Any:  # noqa: ANN401
        """Pinned memory."""
        return self._torch.empty(size, dtype=self._torch.uint8, pin_memory=True)

    def wait(self) -> None:
        """All devices."""
        for index in range(self.count()):
            self._torch.cuda.synchronize(index)

    def seconds(self, action: Callable[[], None], *, on: int, times: int) -> float:
        """By events on the device's stream: copies between GPUs run on the source's."""
        action()
        self.wait()
        with self._torch.cuda.device(on):
            begin, end = (self._torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            for _ in range(times):
                action()
            end.record()
            end.synchronize()
        self.wait()
        return float(begin.elapsed_time(end)) / 1000 / times

    def tiny(self, source: Any, target: Any) -> Callable[[], None] | None:  # noqa: ANN401
        """cudaMemcpyPeerAsync itself, on the source's stream."""
        if self._runtime is None:
            return None
        stream = self._torch.cuda.current_stream(source.device).cuda_stream
        return cudart.copy(self._runtime, source, target, stream=stream)

    def together(self, actions: list[Callable[[], None]], *, on: int) -> None:
        """Each on a stream of its own of the device that sends."""
        for action in actions:
            with self._torch.cuda.stream(self._torch.cuda.Stream(device=on)):
                action()
        self.wait()


class Cpu:
    """Pieces of the host's memory: what the rungs compute can be tried where no GPU is."""

    def __init__(self, devices: int) -> None:
        """So many."""
        self._torch, self._devices = libraries.torch(), devices
        self._torch.set_num_threads(1)

    def count(self) -> int:
        """As many as were asked for."""
        return self._devices

    def peer_access(self, source: int, target: int) -> bool:
        """Memory reaches memory."""
        return True

    def place(self, index: int) -> Any:  # noqa: ANN401
        """`cpu`."""
        return self._torch.device("cpu")

    def host(self, size: int) -> Any:  # noqa: ANN401
        """Any memory."""
        return self._torch.empty(size, dtype=self._torch.uint8)

    def wait(self) -> None:
        """Nothing goes on by itself."""

    def seconds(self, action: Callable[[], None], *, on: int, times: int) -> float:
        """By the host's clock; the middle one, since other work gets in between."""
        action()
        clock = [time.perf_counter()]
        for _ in range(times):
            action()
            clock.append(time.perf_counter())
        return statistics.median(end - begin for begin, end in pairwise(clock))

    def tiny(self, source: Any, target: Any) -> Callable[[], None] | None:  # noqa: ANN401
        """A plain copy."""
        return lambda: target.copy_(source)

    def together(self, actions: list[Callable[[], None]], *, on: int) -> None:
        """Each in a thread of its own."""
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor() as pool:
            for done in [pool.submit(action) for action in actions]:
                done.result()

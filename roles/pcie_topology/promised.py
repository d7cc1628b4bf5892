"""What a node's hardware manifest promises: each GPU with its slot, path, lanes and window."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PromisedGpu:
    """A GPU as it was learned; `bar1_mib` is in MiB, `gen` what card and ports can run together."""

    bdf: str
    card: str
    uuid: str = ""
    """Empty where no driver answered when it was learned."""
    path: tuple[str, ...] = ()
    """Addresses from the root port down to the GPU itself."""
    width: int = 0
    """Lanes on the narrowest link of its path; 0 where nothing told."""
    gen: int = 0
    numa: int = -1
    bar1_mib: int = 0
    slot: str = ""
    """The board's name of its slot; empty where the board does not say."""

    @property
    def label(self) -> str:
        """How messages name it: address, card and slot."""
        place = f", slot {self.slot}" if self.slot else ""
        return f"{self.bdf} ({self.card}{place})"


@dataclass(frozen=True)
class Manifest:
    """The GPUs that a node was found to have on a day."""

    learned: str
    """The day, as in 2026-11-21."""
    gpus: tuple[PromisedGpu, ...] = ()

    def of(self, bdf: str) -> PromisedGpu | None:
        """The GPU promised at an address; None when none is."""
        return next((gpu for gpu in self.gpus if gpu.bdf == bdf), None)

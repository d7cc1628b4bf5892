"""How an engine is seen to live: where it is asked, and which of its metrics move when it works."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """What an engine tells of itself; the paths of its questions are its container's."""

    running: tuple[str, ...]
    """Metrics whose sum is the number of requests in it: computed, and waiting."""
    progress: tuple[str, ...]
    """Metrics that grow while it computes, of a prompt as well as of an answer."""
    metrics_path: str = "/metrics"
    """Answers them as Prometheus reads them."""

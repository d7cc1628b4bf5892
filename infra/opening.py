"""What a role listens on: found by its part `listening.py`, so that a firewall can open it.

`openings(settings, *, node, site) -> tuple[Opening, ...]` is all that the part has; the settings
are the role's own, the site says who else there is.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Opening:
    """One port that may be reached, from where, and what for."""

    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    sources: tuple[str, ...] = ()
    """IP addresses and networks; none is everyone."""
    what: str = ""
    """A word or two for people, e.g. `requests`."""

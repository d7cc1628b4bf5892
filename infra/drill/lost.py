"""Requests that clients lost, as a balancer tells of them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lost:
    """A request that ended without success, or several of one kind."""

    when: str
    """As the balancer's log writes it."""
    what: str
    """A status, or how an answer broke off."""
    count: int = 1

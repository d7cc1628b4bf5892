"""What a deploy promises the watch: the members, how each is asked, and the limits."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

CONFIG = "/etc/infra/health.json"
"""Written by a deploy alone."""


@dataclass(frozen=True)
class Place:
    """Where something is asked."""

    address: str
    port: int


@dataclass(frozen=True)
class Member:
    """One engine, and how it is asked."""

    node: str
    place: Place
    model: str
    health_path: str
    question_path: str
    metrics_path: str
    """Empty where it tells no metrics."""
    running: tuple[str, ...]
    progress: tuple[str, ...]
    standing: Place | None
    """Where its node tells of its gate; None where it does not."""


@dataclass(frozen=True)
class Limits:
    """What is taken for hung, stuck or sick; all in seconds but the floor."""

    silence_seconds: float
    stall_seconds: float
    idle_token_seconds: float
    token_seconds: float
    cut_seconds: float
    longest_wait_seconds: float
    floor: int


@dataclass(frozen=True)
class Promised:
    """Who is watched, by which limits."""

    members: tuple[Member, ...]
    limits: Limits
    digest: str
    """Another one for another file."""


def parse_promised(text: str) -> Promised:
    """What a text of CONFIG promises; ValueError, KeyError or TypeError for another text."""
    said: dict[str, Any] = json.loads(text)
    return Promised(
        members=tuple(_member(one) for one in said["members"]),
        limits=Limits(**said["limits"]),
        digest=config_digest(text),
    )


def config_digest(text: str) -> str:
    """What the watch says it runs with."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _member(said: dict[str, Any]) -> Member:
    standing = said["standing"]
    return Member(
        node=said["node"],
        place=Place(said["address"], said["port"]),
        model=said["model"],
        health_path=said["health_path"],
        question_path=said["question_path"],
        metrics_path=said["metrics_path"],
        running=tuple(said["running"]),
        progress=tuple(said["progress"]),
        standing=None if standing is None else Place(**standing),
    )

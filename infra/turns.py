"""Whose turn it is to leave rotation: decided from what is known of a pool, without a host."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from infra.wording import listed


class RefusedError(Exception):
    """A node that may not be disrupted; the sentence says why and what to do."""


@dataclass(frozen=True)
class Member:
    """A node of a pool while a deploy goes on."""

    node: str
    available: bool
    """Whether it gets requests and answers them."""
    may_return: bool = False
    """Whether this deploy is still at work on it."""
    spare: bool = False
    """Whether it stands by, so that nothing is lost to the others when it is away."""


@dataclass(frozen=True)
class Turn:
    """Go, wait for another node, or stop; `why` says what for."""

    word: Literal["go", "wait", "stop"]
    why: str = ""


GO = Turn("go")


def turn(node: Member, others: Sequence[Member], *, most: int) -> Turn:
    """Whether a node may leave its pool when at most `most` of the pool's nodes may be out.

    A node that serves nobody takes nothing away by leaving, so it need not wait. The last one
    that serves waits for those that come back, however many may be out. A spare that comes back is
    waited for: it is to serve for who leaves. One that is away for good keeps no other node.
    """
    away = [other for other in others if not other.available]
    last = len(away) == len(others) and any(other.may_return for other in away)
    missing = away if last or node.spare else [one for one in away if _counts(one)]
    if not node.available or (len(missing) < most and not last):
        return GO
    names = listed([other.node for other in missing])
    verb = "is" if len(missing) == 1 else "are"
    if any(other.may_return for other in missing):
        return Turn("wait", f"{names} {verb} out")
    return Turn("stop", f"{names} {verb} not serving, and max_unavailable is {most}")


def _counts(away: Member) -> bool:
    return not away.spare or away.may_return

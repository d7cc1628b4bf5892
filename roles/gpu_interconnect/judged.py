"""What a rung of the evidence comes to: a verdict and why."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Verdict = Literal["proven", "refused", "failed", "unproven"]


class Judged(BaseModel):
    """A rung's verdict; `refused` is the driver's honest no."""

    model_config = ConfigDict(frozen=True)

    verdict: Verdict
    why: str


def proven(why: str) -> Judged:
    """Data shows it."""
    return Judged(verdict="proven", why=why)


def refused(why: str) -> Judged:
    """It is not to be had here, and nobody pretends otherwise."""
    return Judged(verdict="refused", why=why)


def failed(why: str) -> Judged:
    """Data shows the contrary."""
    return Judged(verdict="failed", why=why)


def unproven(why: str) -> Judged:
    """Nothing shows it."""
    return Judged(verdict="unproven", why=why)

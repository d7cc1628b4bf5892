"""What a saved output says: a verdict for lanes, peer to peer and NVLink, and findings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Lanes = Literal["ok", "degraded", "inconclusive", "unknown", "n/a"]
P2p = Literal["ok", "none", "partial", "unproven", "unknown", "n/a"]
Nvlink = Literal["present", "absent", "degraded", "unknown", "n/a"]
Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True)
class Finding:
    """One thing that a reader of the output should know, and what to do about it."""

    severity: Severity
    subject: str
    message: str
    advice: str = ""


@dataclass(frozen=True)
class Judgement:
    """What one output says; `n/a` is what it does not speak of.

    uuids and cards (bus address as sysfs writes it → card name) tell whether two outputs
    are of one machine; they are no part of the JSON.
    """

    kind: str
    gpus: int | None = None
    lanes: Lanes = "n/a"
    p2p: P2p = "n/a"
    nvlink: Nvlink = "n/a"
    findings: tuple[Finding, ...] = ()
    uuids: frozenset[str] = frozenset()
    cards: Mapping[str, str] = field(default_factory=dict)


def has_errors(judgement: Judgement) -> bool:
    """Whether a finding of it is an error."""
    return any(finding.severity == "error" for finding in judgement.findings)


def as_json(judgement: Judgement, *, file: str) -> dict[str, object]:
    """The judgement of a file as `infra topology explain --json` writes it."""
    return {
        "file": file,
        "kind": judgement.kind,
        "gpus": judgement.gpus,
        "lanes": judgement.lanes,
        "p2p": judgement.p2p,
        "nvlink": judgement.nvlink,
        "findings": [_finding_json(finding) for finding in judgement.findings],
    }


def _finding_json(finding: Finding) -> dict[str, str]:
    return {
        "severity": finding.severity,
        "subject": finding.subject,
        "message": finding.message,
        "advice": finding.advice,
    }

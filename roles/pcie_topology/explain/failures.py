"""What NVIDIA's tools say when they fail, and what to do about it; the words are in failures.yaml.

Any output may hold such lines, between the rows of GPUs that still answer.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from roles.pcie_topology.explain.judgement import Finding, Severity

_FILE = Path(__file__).with_name("failures.yaml")
_BDF = re.compile(r"\b(?:[0-9a-fA-F]{4,8}:)?[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]\b")


@dataclass(frozen=True)
class Failure:
    """One thing that goes wrong: how it reads, what it means."""

    pattern: re.Pattern[str]
    severity: Severity
    subject: str
    message: str
    advice: str


def found(text: str) -> tuple[Finding, ...]:
    """A finding for each line that tells of a failure; one line tells of one, once."""
    seen = (_of(line) for line in text.splitlines())
    return tuple(dict.fromkeys(finding for finding in seen if finding is not None))


def _of(line: str) -> Finding | None:
    for failure in _known():
        if failure.pattern.search(line):
            address = _BDF.search(line)
            subject = f"GPU {sysfs(address[0])}" if address is not None else failure.subject
            return Finding(failure.severity, subject, failure.message, failure.advice)
    return None


def sysfs(address: str) -> str:
    """A bus address as sysfs writes it: four digits of domain, lower case."""
    parts = address.lower().split(":")
    domain = parts[0][-4:] if len(parts) == 3 else "0000"
    return ":".join((domain, *parts[-2:]))


@cache
def _known() -> tuple[Failure, ...]:
    entries = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Failure(**{**entry, "pattern": re.compile(entry["pattern"], re.IGNORECASE)})
        for entry in entries
    )

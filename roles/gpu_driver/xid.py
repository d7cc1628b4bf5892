"""What the kernel log says of failing cards: Xids, SXids of NVSwitches and lost cards.

The catalogue (mnemonic, meaning, action, severity of each code) is xid.yaml, with its sources.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml

Severity: TypeAlias = Literal["error", "warning", "info"]

_CATALOGUE = Path(__file__).with_name("xid.yaml")
_FALLEN = 79
_ADDRESS = r"(?:PCI:)?((?:[0-9a-fA-F]{1,8}:)?[0-9a-fA-F]{1,2}:[0-9a-fA-F]{1,2}(?:\.[0-7])?)"
_XID = re.compile(rf"\bXid \({_ADDRESS}[^)]*\):\s*(\d{{1,6}})\b", re.IGNORECASE)
_SXID = re.compile(rf"\bSXid \({_ADDRESS}[^)]*\):\s*(\d{{1,6}})\b", re.IGNORECASE)
_LOST = re.compile(r"fallen off the bus|GPU is lost", re.IGNORECASE)
_LOST_AT = re.compile(rf"(?:GPU (?:at )?|NVIDIA GPU |nvidia ){_ADDRESS}", re.IGNORECASE)
_HARMLESS = re.compile(r"\bnon-?fatal\b", re.IGNORECASE)


@dataclass(frozen=True)
class Xid:
    """One report of a card, or of an NVSwitch (`switch`: an SXid).

    `bdf` is the address as sysfs writes it, empty where the line does not name it; `advice` says
    what to do, `line` is the kernel's line.
    """

    code: int
    bdf: str
    severity: Severity
    mnemonic: str
    means: str
    advice: str
    line: str
    switch: bool = False

    def __str__(self) -> str:
        """Code, address and meaning for a sentence."""
        kind = "SXid" if self.switch else "Xid"
        at = f" on {self.bdf}" if self.bdf else ""
        return f"{kind} {self.code}{at} ({self.means or self.mnemonic})"


def found(lines: Iterable[str]) -> tuple[Xid, ...]:
    """Every report in the kernel's lines, in their order; a lost card counts as Xid 79."""
    reports: list[Xid] = []
    before: deque[str] = deque(maxlen=2)
    for line in lines:
        report = _switch(line) or _card(line) or _lost(line, before=" ".join(before))
        if report is not None:
            reports.append(report)
        before.append(line)
    return tuple(reports)


def serious(lines: Iterable[str]) -> tuple[Xid, ...]:
    """The errors among the reports, each code of a card once."""
    once = {(it.switch, it.code, it.bdf): it for it in reversed(found(lines))}
    return tuple(it for it in reversed(once.values()) if it.severity == "error")


def _card(line: str) -> Xid | None:
    match = _XID.search(line)
    if match is None:
        return None
    return _xid(int(match[2]), bdf=_bdf(match[1]), line=line)


def _lost(line: str, *, before: str) -> Xid | None:
    """A lost card without an Xid; newer modules break the sentence after the card's address."""
    if not _LOST.search(line):
        return None
    at = _LOST_AT.search(line) or _LOST_AT.search(before)
    return _xid(_FALLEN, bdf=_bdf(at[1]) if at else "", line=line)


def _switch(line: str) -> Xid | None:
    match = _SXID.search(line)
    if match is None:
        return None
    harmless = _HARMLESS.search(line) is not None
    return Xid(
        code=int(match[2]),
        bdf=_bdf(match[1]),
        severity="warning" if harmless else "error",
        mnemonic="SXID",
        means=f"{'non-fatal' if harmless else 'fatal'} NVSwitch error",
        advice=(
            "watch whether it returns"
            if harmless
            else "drain the machine, restart nvidia-fabricmanager or reboot; see its log"
        ),
        line=line.strip(),
        switch=True,
    )


def _xid(code: int, *, bdf: str, line: str) -> Xid:
    entry, severity = _entry(code), _severity(code)
    # NVLink 5 reports say in the line itself whether the link survived.
    if code in range(144, 151) and _HARMLESS.search(line):
        severity = "warning"
    return Xid(
        code=code,
        bdf=bdf,
        severity=severity,
        mnemonic=entry.get("mnemonic", "UNKNOWN"),
        means=entry.get("means", ""),
        advice=_advice(code),
        line=line.strip(),
    )


def _severity(code: int) -> Severity:
    """The catalogue's severity; a code that it does not know wants watching."""
    known: dict[str, Severity] = {"error": "error", "warning": "warning", "info": "info"}
    return known.get(_entry(code).get("severity", ""), "warning")


def _advice(code: int) -> str:
    own = _catalogue()["advice"].get(code)
    action = _entry(code).get("action", "")
    return str(own or _catalogue()["actions"].get(action) or "look it up in NVIDIA's Xid catalogue")


def _entry(code: int) -> Mapping[str, str]:
    entry: Mapping[str, str] = _catalogue()["codes"].get(code, {})
    return entry


@cache
def _catalogue() -> Mapping[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    catalogue: Mapping[str, Any] = yaml.load(_CATALOGUE.read_text(), Loader=loader)
    return catalogue


def _bdf(address: str) -> str:
    """An address as sysfs writes it; Xids leave the function away, old ones the domain."""
    head, _, function = address.lower().partition(".")
    *domain, bus, device = (int(part, 16) for part in head.split(":"))
    return f"{domain[0] if domain else 0:04x}:{bus:02x}:{device:02x}.{function or 0}"

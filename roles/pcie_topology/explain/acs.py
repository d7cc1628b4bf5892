"""Access Control Services as lspci prints them: whether a bridge sends peer traffic up."""

import re
from collections.abc import Iterable

from infra.wording import counted
from roles.pcie_topology.explain.judgement import Finding

_REDIRECTS = re.compile(r"(ReqRedir|CmpltRedir|UpstreamFwd|EgressCtrl)\+")
_SOURCE = re.compile(r"SrcValid\+")
CONTROL = re.compile(r"ACSCtl:\s*(\S.*)")
"""The line of lspci that tells what is switched on."""


def redirects(control: str) -> bool:
    """Whether a bit is on that sends traffic between GPUs to the root complex."""
    return bool(_REDIRECTS.search(control))


def of_unknown_bridges(controls: Iterable[str]) -> tuple[Finding, ...]:
    """What lines of ACSCtl say whose bridges are not known."""
    lines = list(controls)
    on = sum(1 for line in lines if redirects(line))
    advice = "map each line to its bridge (lspci -tv): only those above GPUs matter"
    if on == len(lines):
        message = f"redirect is on in {_all(lines)}: peer to peer breaks or is slow"
        return (Finding("error", "ACS", message, advice),)
    if on:
        message = f"redirect is on in {on} of {len(lines)} lines"
        return (Finding("warning", "ACS", message, advice),)
    return (_off(lines), *_source_only(lines))


def _all(lines: list[str]) -> str:
    return "the one line" if len(lines) == 1 else f"all {len(lines)} lines"


def _off(lines: list[str]) -> Finding:
    message = f"redirect is off in {_all(lines)}: peer traffic is not sent up"
    advice = "this proves no peer to peer: measure data, bandwidth and latency"
    return Finding("info", "ACS", message, advice)


def _source_only(lines: list[str]) -> tuple[Finding, ...]:
    count = sum(1 for line in lines if _SOURCE.search(line))
    if not count:
        return ()
    message = f"SrcValid alone is on in {counted(count, 'line')}: it redirects nothing"
    return (Finding("warning", "ACS", message, "turn it off if peer to peer fails all the same"),)

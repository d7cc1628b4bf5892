"""PCIe error counters: what they grew by since they were recorded, and whether that is much.

Counters begin at 0 with a boot, so growth is what counts. A day's limits are the budgets of one
DCGM run: 80 replays, 480 corrected errors (NVIDIA/DCGM, nvvs/plugin_src/pcie/Pcie.cpp). A day of
serving that has no more is no worse than what NVIDIA lets pass in 15 minutes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from roles.pcie_topology.reading import SMI, address

FOLDER = "/var/lib/infra/pcie_topology"
SCRIPT = "/usr/local/lib/infra/pcie-counters"
SERVICE = "infra-pcie-counters.service"
TIMER = "infra-pcie-counters.timer"
LATEST, BEFORE = f"{FOLDER}/counters", f"{FOLDER}/counters.before"
_DAY = 86400

COLLECT = f"""\
read -r boot </proc/sys/kernel/random/boot_id && echo "boot $boot"
echo "at $(date +%s)"
for d in /sys/bus/pci/devices/*; do
  {{ read -r v <"$d/vendor" && read -r c <"$d/class"; }} 2>/dev/null || continue
  case "$v $c" in "0x10de 0x0300"* | "0x10de 0x0302"*) ;; *) continue ;; esac
  own=$(readlink -f "$d") && above=${{own%/*}}
  for f in "$own" "$above"; do
    case ${{f##*/}} in *:*:*.[0-7]) ;; *) continue ;; esac
    for k in correctable nonfatal fatal; do
      sed -n "s/^TOTAL_ERR_[A-Z]* /count ${{f##*/}} $k /p" "$f/aer_dev_$k" 2>/dev/null || :
    done
  done
done
{SMI} -q 2>/dev/null | \\
  awk '/^GPU /{{g=$2}} /Replays Since Reset/&&$NF~/^[0-9]+$/{{print "count", g, "replay", $NF}}'
true
"""
"""Shell text that prints boot, time and every counter of GPUs and of the ports above them."""

COMMAND = (
    f"{{ {COLLECT.rstrip()}; }} | sed 's/^/now /'; "
    f"sed 's/^/latest /' {LATEST} 2>/dev/null; sed 's/^/before /' {BEFORE} 2>/dev/null; true"
)
"""Shell text that prints the counters as they are and as they were recorded."""

RECORDED = (
    f'read -r boot </proc/sys/kernel/random/boot_id; grep -qsx "boot $boot" {LATEST} '
    "&& echo recorded; true"
)
"""Shell text that prints `recorded` when a record of this boot is there."""


@dataclass(frozen=True)
class Record:
    """Counters at a time (seconds since the epoch) of a boot, by address and kind."""

    boot: str = ""
    at: int = 0
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Growth:
    """What a counter grew by within so many days."""

    bdf: str
    kind: str
    by: int
    days: float


def parse(lines: Iterable[str]) -> dict[str, Record]:
    """Records by name (`now`, `latest`, `before`) from the answer to `COMMAND`."""
    rows: dict[str, list[list[str]]] = {}
    for line in lines:
        name, *words = line.split() or [""]
        if name in ("now", "latest", "before"):
            rows.setdefault(name, []).append(words)
    return {name: _record(of) for name, of in rows.items()}


def _record(rows: list[list[str]]) -> Record:
    one = {row[0]: row[1] for row in rows if len(row) == 2}
    return Record(
        boot=one.get("boot", ""),
        at=int(one["at"]) if one.get("at", "").isdigit() else 0,
        counts={
            (address(row[1]), row[2]): int(row[3])
            for row in rows
            if len(row) == 4 and row[0] == "count" and re.fullmatch(r"[0-9]{1,18}", row[3])
        },
    )


def base(records: Mapping[str, Record]) -> Record | None:
    """The oldest record of this boot, up to two days old; None: this boot has none yet."""
    now = records.get("now", Record())
    found = (records[name] for name in ("before", "latest") if name in records)
    return next((one for one in found if one.boot and one.boot == now.boot), None)


def untold(now: Record, *, gpus: Iterable[str]) -> list[str]:
    """Addresses of the GPUs of which nothing is counted: the firmware keeps AER, and no driver."""
    counted = {bdf for bdf, _ in now.counts}
    return [bdf for bdf in gpus if bdf not in counted]


def growth(now: Record, *, since: Record) -> list[Growth]:
    """Every counter that grew; one that began anew (a driver was loaded) grew from 0."""
    days = max(now.at - since.at, 0) / _DAY
    found = []
    for (bdf, kind), count in now.counts.items():
        before = since.counts.get((bdf, kind), 0)
        by = count - before if count >= before else count
        found += [Growth(bdf, kind, by, days)] if by else []
    return found


def faults(
    found: Iterable[Growth], *, limits: Mapping[str, int], names: Mapping[str, str]
) -> list[str]:
    """Sentences on counters that grew by more than their limit a day; the first day counts whole.

    A kind without a limit may not grow at all. `names` says what to call an address.
    """
    return [
        f"{names.get(one.bdf, one.bdf)}: {one.by} {_WORDS[one.kind]} in {_span(one.days)}, "
        f"{_may(limits.get(one.kind, 0))}"
        for one in found
        if one.by > limits.get(one.kind, 0) * max(one.days, 1)
    ]


_WORDS = {
    "correctable": "corrected errors",
    "nonfatal": "uncorrected errors",
    "fatal": "fatal errors",
    "replay": "replays",
}


def _may(limit: int) -> str:
    return f"{limit} a day are let pass" if limit else "none is let pass"


def _span(days: float) -> str:
    return f"{days:.1f} days" if days >= 1 else f"{days * 24:.1f} hours"

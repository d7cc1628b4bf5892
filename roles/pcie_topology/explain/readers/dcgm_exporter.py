"""Metrics of dcgm-exporter; the series of MIG instances of one GPU count as one GPU."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from roles.gpu_driver import cards, xid
from roles.pcie_topology.explain import link
from roles.pcie_topology.explain.judgement import Finding, Judgement, Severity

KIND = "dcgm-exporter"

_SERIES = re.compile(r"^(DCGM_F[IP]_\w+)\{(.*)\} +(\S+)(?: \d+)?\s*$", re.MULTILINE)
_COMMENT = re.compile(r"^# (?:HELP|TYPE) DCGM_F[IP]_\w+", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_BLANK_INT64 = 0x7FFFFFFFFFFFFFF0
_BLANK_INT32 = 0x7FFFFFF0
_BLANK_FLOAT = 140737488355328.0
_BAD: tuple[tuple[str, Severity, str], ...] = (
    ("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "info", "PCIe retries since boot; watch their growth"),
    ("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "error", "double-bit memory errors; drain and reset the GPU"),
    ("DCGM_FI_DEV_ROW_REMAP_FAILURE", "error", "row remapping failed; replace the GPU"),
    ("DCGM_FI_DEV_ROW_REMAP_PENDING", "warning", "rows wait to be remapped; reset at next drain"),
    ("DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_TOTAL", "warning", "NVLink CRC errors"),
    ("DCGM_FI_DEV_NVLINK_REPLAY_ERROR_COUNT_TOTAL", "warning", "NVLink replays"),
    ("DCGM_FI_DEV_NVLINK_RECOVERY_ERROR_COUNT_TOTAL", "warning", "NVLink recoveries"),
)


@dataclass(frozen=True)
class _Series:
    metric: str
    labels: dict[str, str]
    value: float | None


def matches(text: str) -> bool:
    """Whether it has a metric of DCGM."""
    return _SERIES.search(text) is not None or _COMMENT.search(text) is not None


def judge(text: str) -> Judgement:
    """The GPUs by UUID, and what their counters say; lanes where link widths are exported."""
    series = [*_read(text)]
    lanes, lanes_findings = _lanes(series)
    return Judgement(
        kind=KIND,
        gpus=len({_gpu(it) for it in series}) or None,
        lanes=lanes,
        findings=tuple(
            dict.fromkeys([*_counters(series), *_xids(series), *_blanks(series), *lanes_findings])
        ),
        uuids=frozenset(_gpu(it) for it in series if _gpu(it).startswith("GPU-")),
        cards={
            _sysfs(it.labels["pci_bus_id"]): it.labels.get("modelName", "")
            for it in series
            if "pci_bus_id" in it.labels
        },
    )


def _read(text: str) -> Iterator[_Series]:
    for metric, labels, value in _SERIES.findall(text):
        yield _Series(metric, dict(_LABEL.findall(labels)), _value(value))


def _value(text: str) -> float | None:
    """A figure; None for DCGM's blanks, which stand for not supported or not there."""
    try:
        value = float(text)
    except ValueError:
        return None
    is_blank = (
        value >= _BLANK_INT64
        or _BLANK_INT32 <= value <= 0x7FFFFFFF
        or _BLANK_FLOAT <= value <= _BLANK_FLOAT + 0xF
    )
    return None if is_blank or not math.isfinite(value) else value


def _gpu(series: _Series) -> str:
    return series.labels.get("UUID") or series.labels.get("gpu", "")


def _subject(series: _Series) -> str:
    return f"GPU {series.labels.get('gpu', _gpu(series))}"


def _counters(series: Sequence[_Series]) -> Iterator[Finding]:
    for metric, severity, message in _BAD:
        for it in series:
            if it.metric == metric and it.value:
                yield Finding(severity, _subject(it), f"{it.value:.0f} {message}")


def _xids(series: Sequence[_Series]) -> Iterator[Finding]:
    """The last Xid of each GPU; 0 is none."""
    for it in series:
        if it.metric == "DCGM_FI_DEV_XID_ERRORS" and it.value:
            for report in xid.found([f"NVRM: Xid (PCI:0000:00:00): {it.value:.0f}, exported"]):
                message = f"last Xid {report.code} ({report.means or report.mnemonic})"
                yield Finding(report.severity, _subject(it), message, report.advice)


def _blanks(series: Sequence[_Series]) -> Iterator[Finding]:
    names = sorted({it.metric for it in series if it.value is None})
    if names:
        yield Finding("info", "metrics", f"not supported by the GPU: {', '.join(names)}")


def _lanes(series: Sequence[_Series]) -> link.Told:
    """Links against what GPU and slot can give; `n/a` where widths are not exported."""
    told: dict[str, dict[str, float | None]] = {}
    names: dict[str, _Series] = {}
    for it in series:
        names.setdefault(_gpu(it), it)
        told.setdefault(_gpu(it), {})[it.metric.removeprefix("DCGM_FI_DEV_PCIE_")] = it.value
    if not any("LINK_WIDTH" in values for values in told.values()):
        return "n/a", ()
    each = [link.judged(_link(names[gpu], values)) for gpu, values in sorted(told.items())]
    return link.worst(lanes for lanes, _ in each), tuple(one for _, many in each for one in many)


def _link(series: _Series, values: Mapping[str, float | None]) -> link.Link:
    def whole(name: str) -> int | None:
        value = values.get(name)
        return None if value is None else int(value)

    return link.Link(
        where=_subject(series),
        card=cards.by_name(series.labels.get("modelName", "")),
        width=whole("LINK_WIDTH"),
        width_max=whole("MAX_LINK_WIDTH"),
        gen=whole("LINK_GEN"),
        gen_max=whole("MAX_LINK_GEN"),
    )


def _sysfs(bus: str) -> str:
    domain, _, rest = bus.lower().partition(":")
    return f"{domain[-4:]}:{rest}"

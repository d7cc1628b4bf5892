"""Metrics of a check, for the textfile collector of a node exporter."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from infra.drift import Drift
from infra.verdict import Report, count
from infra.waivers import Waiver

Sample = tuple[Mapping[str, str], float]
_WORDS = ("passed", "failed", "unproven", "waived")


def prometheus(
    report: Report, *, waivers: Mapping[str, Sequence[Waiver]], drift: Drift | None
) -> str:
    """Metrics in the text format, each series labelled with the inventory."""
    families = [
        ("checks", "Checks by what they came to.", _checks(report)),
        ("failed_checks", "Broken promises that no waiver bears.", _by_node(report, "failed")),
        ("unproven_checks", "Promises that could not be judged.", _by_node(report, "unproven")),
        ("node_reachable", "Whether the node could be asked.", _reachable(report)),
        (
            "waiver_expiry_timestamp_seconds",
            "When a waiver ends: the first second after its last day.",
            _waivers(waivers),
        ),
        (
            "last_run_timestamp_seconds",
            "When the last check began.",
            [({}, report.started.timestamp())],
        ),
        ("last_run_seconds", "How long the last check took.", [({}, round(report.seconds, 3))]),
    ]
    if drift is not None:
        families += [
            ("drift_changes", "What a deploy would change.", _drift(drift)),
            ("drift_known", "Whether the drift of a node could be told.", _known(drift)),
        ]
    lines = (
        line
        for name, told, samples in families
        for line in _family(name, told, samples, inventory=report.inventory)
    )
    return "\n".join(lines) + "\n"


def _checks(report: Report) -> Iterator[Sample]:
    """All words of a role, so that a series that was once there goes on at 0."""
    for node, role in dict.fromkeys((one.node, one.role) for one in report.verdicts):
        own = [one for one in report.verdicts if (one.node, one.role) == (node, role)]
        for word in _WORDS:
            yield {"node": node, "role": role, "verdict": word}, count(own, word)


def _by_node(report: Report, word: str) -> Iterator[Sample]:
    for node in dict.fromkeys(one.node for one in report.verdicts):
        yield {"node": node}, count((one for one in report.verdicts if one.node == node), word)


def _reachable(report: Report) -> Iterator[Sample]:
    for node in dict.fromkeys(one.node for one in report.verdicts):
        yield {"node": node}, int(node not in report.unreachable)


def _waivers(waivers: Mapping[str, Sequence[Waiver]]) -> Iterator[Sample]:
    ends = {
        (node, one.check, one.owner): one.until + timedelta(days=1)
        for node, given in waivers.items()
        for one in given
    }
    for (node, check, owner), day in ends.items():
        end = datetime.combine(day, time()).timestamp()  # by this machine's clock, as it is judged
        yield {"node": node, "check": check, "owner": owner}, end


def _drift(drift: Drift) -> Iterator[Sample]:
    return (({"node": node.node}, node.changes) for node in drift.nodes)


def _known(drift: Drift) -> Iterator[Sample]:
    return (({"node": node.node}, int(not node.problem)) for node in drift.nodes)


def _family(name: str, told: str, samples: Iterable[Sample], *, inventory: str) -> Iterator[str]:
    metric = f"infra_compliance_{name}"
    lines = [
        f"{metric}{{{_labels({'inventory': inventory, **labels})}}} {value:.15g}"
        for labels, value in samples
    ]
    if lines:
        yield f"# HELP {metric} {told}"
        yield f"# TYPE {metric} gauge"
        yield from lines


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

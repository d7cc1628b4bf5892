"""What earlier checks of an inventory came to: counts for trends, and what changed since.

It lies on the control host, in the inventory's own folder: `history/runs.json` has the counts of
every run of the whole inventory, `history/words.json` the last word on every check and since when.
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.files import write_atomic
from infra.verdict import Report, count
from infra.words import Change, Words, after, changes

KEPT_RUNS = 400
"""How many runs are kept: a year of nights."""


@dataclass(frozen=True)
class Run:
    """One run of the whole inventory, in counts."""

    started: datetime
    passed: int
    failed: int
    unproven: int
    waived: int
    by_node: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """Passed, failed and unproven of each node."""


@dataclass(frozen=True)
class History:
    """Runs, oldest first, the present one last; and what is new in the present one."""

    runs: tuple[Run, ...] = ()
    changes: tuple[Change, ...] = ()
    """What a check came to otherwise than when it was last judged; none in a first run."""
    since: Mapping[tuple[str, str, str], datetime] = field(default_factory=dict)
    """Since when each check (node, role, check) has had its present word; with role and check
    empty, since when the node is reachable or not."""


def remembered(report: Report, *, folder: Path, whole: bool) -> History:
    """The history with this report in it, which is kept there.

    Only a run of the `whole` inventory counts as one of the runs, and forgets nodes that are
    no more. What an interrupt left unjudged is nothing to remember.
    """
    with _alone(folder):
        runs, words = _runs(folder), _words(folder)
        if report.interrupted or not report.verdicts:
            return History(runs)
        now = after(words, report, whole=whole)
        found = changes(words, now, report) if words else ()
        runs = (*runs, run_of(report))[-KEPT_RUNS:] if whole else runs
        _write(folder / "runs.json", [_as_json(run) for run in runs])
        _write(folder / "words.json", now)
    return History(runs, found, _since(now))


def _since(words: Words) -> dict[tuple[str, str, str], datetime]:
    found = {}
    for node, known in words.items():
        for key, (_, at) in known.items():
            role, _, check = key.partition(".")
            found[(node, role, check)] = datetime.fromisoformat(at)
    return found


def run_of(report: Report) -> Run:
    """A report in counts."""
    nodes = dict.fromkeys(verdict.node for verdict in report.verdicts)
    words = ("passed", "failed", "unproven")
    by_node = {}
    for node in nodes:
        own = [verdict for verdict in report.verdicts if verdict.node == node]
        passed, failed, unproven = (count(own, word) for word in words)
        by_node[node] = (passed, failed, unproven)
    return Run(
        report.started, report.passed, report.failed, report.unproven, report.waived, by_node
    )


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two checks that end at once are remembered one after the other."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _runs(folder: Path) -> tuple[Run, ...]:
    return tuple(_run(entry) for entry in _read(folder / "runs.json", []))


def _run(entry: Mapping[str, Any]) -> Run:
    by_node = {node: tuple(counts) for node, counts in entry["by_node"].items()}
    started = datetime.fromisoformat(entry["started"])
    return Run(**{**entry, "started": started, "by_node": by_node})


def _as_json(run: Run) -> dict[str, Any]:
    return {**asdict(run), "started": run.started.isoformat(timespec="seconds")}


def _words(folder: Path) -> Words:
    found = _read(folder / "words.json", {})
    return {
        node: {key: (word, at) for key, (word, at) in known.items()}
        for node, known in found.items()
    }


def _read(path: Path, otherwise: Any) -> Any:  # noqa: ANN401
    """What lies there; what can't be read is as good as lost, and a check must not fail for it."""
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return otherwise


def _write(path: Path, content: object) -> None:
    write_atomic(path, json.dumps(content, separators=(",", ":")), mode=0o600)

"""What earlier checks of an inventory came to: counts for trends, and what changed since.

It lies on the control host, in the inventory's own folder: `history/runs.json` has the counts of
every run of the whole inventory, `history/words.json` the last word on every check and since when.
"""

import fcntl
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TypeVar

from infra.files import write_atomic
from infra.verdict import Report, count
from infra.words import Change, Words, after, changes

T = TypeVar("T")
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
    return _read(folder / "runs.json", lambda kept: tuple(map(_run, kept)), otherwise=())


def _run(entry: Mapping[str, Any]) -> Run:
    return Run(
        started=_moment(entry["started"]),
        passed=int(entry["passed"]),
        failed=int(entry["failed"]),
        unproven=int(entry["unproven"]),
        waived=int(entry["waived"]),
        by_node={node: (int(p), int(f), int(u)) for node, (p, f, u) in entry["by_node"].items()},
    )


def _moment(text: str) -> datetime:
    """A moment with its offset: one without could not be compared with others."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def _as_json(run: Run) -> dict[str, Any]:
    return {**asdict(run), "started": run.started.isoformat(timespec="seconds")}


def _words(folder: Path) -> Words:
    return _read(folder / "words.json", _known, otherwise={})


def _known(kept: Mapping[str, Mapping[str, tuple[str, str]]]) -> Words:
    return {
        node: {key: (str(word), _moment(at).isoformat()) for key, (word, at) in known.items()}
        for node, known in kept.items()
    }


def _read(path: Path, meaning: Callable[[Any], T], *, otherwise: T) -> T:
    """What lies there; what can't be read is as good as lost, and a check must not fail for it."""
    try:
        return meaning(json.loads(path.read_text()))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return otherwise


def _write(path: Path, content: object) -> None:
    write_atomic(path, json.dumps(content, separators=(",", ":")), mode=0o600)

"""The last word on every check of an inventory, since when, and how one run's words differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from infra.verdict import Report, Verdict

Words = dict[str, dict[str, tuple[str, str]]]
"""By node and `role.check`: the word, and since when (ISO 8601). Key "" is the node itself."""
REACHED, LOST = "reachable", "unreachable"


@dataclass(frozen=True)
class Change:
    """A check that came to another word than last time; of a whole node when role is empty."""

    node: str
    role: str
    check: str
    before: str
    """`passed`, `failed`, `unproven`, `waived`; of a node `reachable` or `unreachable`; empty
    for what was never judged before."""
    now: str
    """Likewise; empty for what was wrong and is judged no more."""

    @property
    def worse(self) -> bool:
        """Whether something is broken, or not known any more, that was as promised before."""
        return self.now in ("failed", "unproven", LOST)


def after(before: Words, report: Report, *, whole: bool) -> Words:
    """The words once a report's are in; a node that was not asked keeps what was known of it."""
    at = report.started.isoformat(timespec="seconds")
    made = {} if whole else dict(before)
    for node in dict.fromkeys(verdict.node for verdict in report.verdicts):
        known, lost = before.get(node, {}), node in report.unreachable
        own = [verdict for verdict in report.verdicts if verdict.node == node]
        kept = known if lost else _others(known, own)
        said = {"": LOST if lost else REACHED}
        said |= {} if lost else {_key(verdict): verdict.word for verdict in own}
        made[node] = {**kept, **{key: _since(known, key, word, at) for key, word in said.items()}}
    return made


def changes(before: Words, now: Words, report: Report) -> tuple[Change, ...]:
    """What a report found otherwise than it was known before, in the report's order."""
    nodes = dict.fromkeys(verdict.node for verdict in report.verdicts)
    return tuple(
        change
        for node in nodes
        for change in _of_node(node, before.get(node, {}), now[node])
        if _tells(change)
    )


def _tells(change: Change) -> bool:
    """Whether people want to know: not that a good check is new, or is judged no more."""
    if not change.before:
        return change.worse
    return bool(change.now) or change.before != "passed"


def _of_node(
    node: str, before: Mapping[str, tuple[str, str]], now: Mapping[str, tuple[str, str]]
) -> Iterator[Change]:
    for key in dict.fromkeys((*now, *before)):
        was, is_now = (found.get(key, ("", ""))[0] for found in (before, now))
        if was != is_now:
            role, _, check = key.partition(".")
            yield Change(node, role, check, was, is_now)


def _others(known: Mapping[str, tuple[str, str]], own: list[Verdict]) -> dict[str, tuple[str, str]]:
    """What is known of roles that this run did not judge."""
    roles = {verdict.role for verdict in own}
    return {key: word for key, word in known.items() if key.partition(".")[0] not in roles}


def _key(verdict: Verdict) -> str:
    return f"{verdict.role}.{verdict.check}"


def _since(known: Mapping[str, tuple[str, str]], key: str, word: str, at: str) -> tuple[str, str]:
    before = known.get(key)
    return before if before is not None and before[0] == word else (word, at)

"""Tables: what was seen, by the clock, and what it comes to."""

from dataclasses import replace

import pytest

from roles.health_watch.program.judging import (
    illness,
    is_suspect,
    proven_since,
    streak_of,
    token_is_due,
    wait_seconds,
)
from roles.health_watch.program.promised import Limits
from roles.health_watch.program.seen import Seen

LIMITS = Limits(
    silence_seconds=3,
    stall_seconds=180,
    idle_token_seconds=10,
    token_seconds=20,
    cut_seconds=10,
    longest_wait_seconds=60,
    floor=1,
)
NOW = 1000.0
IDLE = Seen(healthy_since=500.0, requests=0, idle_at=NOW - 1, moved_at=900.0, token_at=NOW - 2)
BUSY = Seen(healthy_since=500.0, requests=6, idle_at=600.0, moved_at=NOW - 1, token_at=590.0)
READING = replace(BUSY, moved_at=NOW - 100)
"""It reads a long prompt: its metrics are silent, its health is not."""


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (Seen(), None),
        (IDLE, None),
        (BUSY, None),
        (READING, None),
        (replace(BUSY, moved_at=NOW - 181), "stuck"),
        (replace(BUSY, moved_at=NOW - 181, bytes_at=NOW - 1), "stuck"),
        (replace(BUSY, moved_at=NOW - 181, blind=True), None),
        (replace(IDLE, moved_at=500.0), None),
        (replace(IDLE, refused=1, healthy_since=None), None),
        (replace(IDLE, refused=2, healthy_since=None), "gone"),
        (replace(IDLE, unready=1, status=503, healthy_since=None), None),
        (replace(IDLE, unready=2, status=503, healthy_since=None), "unready"),
        (replace(BUSY, asked_at=NOW - 2.9), None),
        (replace(BUSY, asked_at=NOW - 3.0), "hung"),
        (replace(BUSY, asked_at=NOW - 60, bytes_at=NOW - 1), None),
        (replace(BUSY, asked_at=NOW - 60, bytes_at=NOW - 3), "hung"),
        (replace(READING, asked_at=NOW - 1), None),
        (replace(IDLE, token_failures=1), None),
        (replace(IDLE, token_failures=2, token_status=500), "sick"),
    ],
)
def test_what_is_wrong(seen: Seen, kind: str | None) -> None:
    found = illness(seen, now=NOW, limits=LIMITS)
    assert (found.kind if found is not None else None) == kind


LATE = replace(IDLE, idle_at=NOW - 22, moved_at=900.0, token_asked_at=NOW - 21)


@pytest.mark.parametrize(
    ("seen", "kind"),
    [
        (LATE, None),
        (replace(LATE, received={}), "sick"),
        (replace(LATE, received={}, crowd_at=NOW - 15), None),
        (replace(LATE, received={}, crowd_at=NOW - 60), "sick"),
        # it was not known to be idle: who was there before may have hung up, and be computed still
        (replace(LATE, received={}, idle_at=NOW - 25), None),
        (replace(LATE, crowd_at=NOW - 1, idle_at=NOW - 1), "sick"),
        (replace(LATE, received={}, token_asked_at=NOW - 19), None),
        (replace(LATE, received={}, moved_at=NOW - 5), None),
    ],
)
def test_a_token_is_late_only_where_nobody_else_keeps_it_busy(seen: Seen, kind: str | None) -> None:
    found = illness(seen, now=NOW, limits=LIMITS)
    assert (found.kind if found is not None else None) == kind


@pytest.mark.parametrize(
    ("seen", "out_at", "since"),
    [
        (IDLE, 700.0, 700.0),
        (replace(IDLE, token_at=650.0, moved_at=650.0), 700.0, None),
        (replace(IDLE, healthy_since=900.0), 700.0, 900.0),
        (replace(IDLE, healthy_since=990.0, token_at=980.0, moved_at=980.0), 700.0, None),
        (replace(BUSY, healthy_since=990.0), 700.0, 990.0),
        (replace(BUSY, healthy_since=None), 700.0, None),
        (replace(READING, healthy_since=950.0, bytes_at=999.0), 940.0, None),
    ],
)
def test_who_was_out_proves_itself_by_a_token_or_by_progress(
    seen: Seen, out_at: float, since: float | None
) -> None:
    assert proven_since(seen, out_at=out_at) == since


def test_who_fails_again_soon_waits_twice_as_long() -> None:
    assert [wait_seconds(n, longest=60) for n in range(1, 10)] == [0, 1, 2, 4, 8, 16, 32, 60, 60]
    assert streak_of(3, back_at=NOW - 29, now=NOW) == 4
    assert streak_of(3, back_at=NOW - 30, now=NOW) == 1


@pytest.mark.parametrize(
    ("seen", "out_at", "due"),
    [
        (IDLE, None, False),
        (replace(IDLE, token_at=NOW - 10), None, True),
        (replace(IDLE, token_at=NOW - 10, moved_at=NOW - 3), None, False),
        (replace(IDLE, token_at=NOW - 10, token_asked_at=NOW - 1), None, False),
        (replace(IDLE, token_failed_at=NOW - 1, token_failures=1, token_at=0.0), None, True),
        (replace(BUSY, token_at=0.0), None, False),
        (replace(IDLE, token_at=0.0, moved_at=0.0, idle_at=NOW - 4), None, False),
        (replace(BUSY, requests=None, token_at=0.0, moved_at=0.0), None, False),
        (replace(BUSY, requests=None, blind=True, token_at=0.0, moved_at=0.0), None, True),
        (replace(IDLE, healthy_since=None, token_at=0.0), None, False),
        (replace(BUSY, healthy_since=998.0, moved_at=990.0), 990.0, True),
        (replace(BUSY, healthy_since=998.0, moved_at=999.0), 990.0, False),
        # what failed is asked for until it does not, whatever moves meanwhile
        (replace(BUSY, healthy_since=998.0, moved_at=999.0, token_failures=2), 990.0, True),
        (replace(BUSY, moved_at=NOW, token_failures=2, token_failed_at=NOW - 1), None, True),
        (replace(BUSY, moved_at=NOW, token_failures=2, token_failed_at=NOW - 0.5), None, False),
    ],
)
def test_a_token_is_asked_of_the_idle_and_at_once_of_who_comes_back(
    seen: Seen, out_at: float | None, due: bool
) -> None:
    assert token_is_due(seen, now=NOW, out_at=out_at, limits=LIMITS) is due


def test_streams_are_looked_at_only_before_a_verdict() -> None:
    suspects = (replace(BUSY, asked_at=NOW - 1), replace(IDLE, token_asked_at=NOW - 10))
    assert all(is_suspect(seen, now=NOW, limits=LIMITS) for seen in suspects)
    calm = (IDLE, BUSY, READING, replace(BUSY, asked_at=NOW - 0.9))
    assert not any(is_suspect(seen, now=NOW, limits=LIMITS) for seen in calm)

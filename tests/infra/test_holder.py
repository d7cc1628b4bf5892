"""Who is at a node, in sentences."""

import os
import socket
from datetime import datetime, timezone

import pytest

from infra.holder import Holder, gone, held, me, parse

MARA = Holder("mara", "laptop", 4711, "2026-01-02T07:12:33+00:00", "infra deploy lab.py")


def test_what_is_written_is_read() -> None:
    text = MARA.as_json(lease="abc")
    assert "\n" not in text
    assert parse(text) == MARA


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"user": "a", "host": "b", "pid": "x"}'])
def test_what_cannot_be_read_is_nobody(text: str) -> None:
    assert parse(text) is None


def test_of_today_the_time_is_enough() -> None:
    now = datetime.now(timezone.utc)
    today = Holder("mara", "laptop", 1, f"{now:%Y-%m-%d}T07:12:33+00:00", "infra deploy")
    assert today.when == "07:12 UTC"
    assert MARA.when == "2026-01-02 07:12 UTC"


def test_this_process_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "mara")
    found = me("infra deploy x.py")
    assert (found.user, found.host, found.pid, found.command) == (
        "mara",
        socket.gethostname(),
        os.getpid(),
        "infra deploy x.py",
    )
    assert datetime.fromisoformat(found.since).tzinfo is not None


def test_somebody_who_left_no_name_is_somebody() -> None:
    assert held(None, node="gpu-1") == "somebody is deploying gpu-1; wait for it"
    assert gone(None, node="gpu-1") == "gpu-1: a deploy that did not end was taken over"


def test_programs_that_go_on_are_named() -> None:
    assert gone(MARA, node="gpu-1", busy="12 apt-get").endswith("at work there still: 12 apt-get")

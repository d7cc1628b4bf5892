"""How long a node is waited for until what it serves answers."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra import walking
from infra.stage import ConnectError

WALK: Any = None


def _said(answers: Iterator[bool | Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def answers_now(_: object) -> bool:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr(walking, "_GONE_SECONDS", 0.7)
    monkeypatch.setattr(walking, "_answers_now", answers_now)


def test_a_node_that_takes_no_connection_is_given_up_before_its_engines_patience_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _said(iter([False, *[ConnectError("timed out")] * 99]), monkeypatch)
    began = time.monotonic()
    assert not walking._answers(WALK, seconds=30)
    assert 0.7 < time.monotonic() - began < 10


def test_an_engine_that_starts_slowly_has_all_its_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _said(iter([False, TimeoutError(), False, ConnectError("refused"), True]), monkeypatch)
    assert walking._answers(WALK, seconds=30)
    _said(iter([False] * 99), monkeypatch)
    assert not walking._answers(WALK, seconds=0.6)

"""Differences are told as unified diffs; a secret's only as a fact."""

from infra.difference import shown
from infra.wire import Difference


def test_a_difference_is_a_unified_diff() -> None:
    text = shown(Difference("/etc/x", "a\nb\n", "a\nc\n", secret=False)).text
    assert text.splitlines()[:2] == ["--- /etc/x (now)", "+++ /etc/x (promised)"]
    assert text.splitlines()[-2:] == ["-b", "+c"]


def test_a_secret_is_not_shown() -> None:
    assert "canary" not in shown(Difference("/k", "", "canary", secret=True)).text

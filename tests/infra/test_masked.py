"""Secrets that were read are taken out of what others said."""

from pathlib import Path

import pytest

from infra import secrets
from infra.masked import masked
from infra.progress import told
from infra.wire import Exchange


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some secrets that were read in this process."""
    monkeypatch.setattr(secrets, "seen", set())
    for number, text in enumerate(("canary-1234", "canary-1234-long", 'with"quote', "short")):
        monkeypatch.setenv(f"INFRA_TEST_{number}", text)
        secrets.read(f"env:INFRA_TEST_{number}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("token=canary-1234.", "token=(secret)."),
        ("canary-1234-long", "(secret)"),
        ('{"a": "with\\"quote"}', '{"a": "(secret)"}'),
        ("a short word", "a short word"),
        ("nothing", "nothing"),
    ],
)
def test_a_secret_is_masked_as_a_whole(read: None, text: str, shown: str) -> None:
    assert masked(text) == shown


def test_values_are_masked_and_keys_stay(read: None) -> None:
    given = {"canary-1234": ["canary-1234", 7, {"error": ("x canary-1234",)}], "ok": True}
    shown = {"canary-1234": ["(secret)", 7, {"error": ["x (secret)"]}], "ok": True}
    assert masked(given) == shown


def test_what_a_host_said_may_be_shown(read: None) -> None:
    said = Exchange("cat f", 0, stdout=("key canary-1234",), stderr=("canary-1234?",))
    assert told("n", said)[1:] == ["n | key (secret)", "n | (secret)?"]

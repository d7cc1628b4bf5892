"""References are answered from the lock beside the inventory."""

from pathlib import Path

import pytest

from infra import lock
from infra.mistakes import SiteError


def test_references_are_replaced_at_any_depth() -> None:
    found = lock.resolve(
        {"image": "lock:images.vllm", "list": ["lock:n", "plain"], "n": 3},
        {"images": {"vllm": "v@sha256:1"}, "n": 7},
    )
    assert found == {"image": "v@sha256:1", "list": [7, "plain"], "n": 3}


@pytest.mark.parametrize("dotted", ["images.none", "images.vllm.deeper", ""])
def test_a_reference_that_leads_nowhere_stays(dotted: str) -> None:
    value = lock.resolve(f"lock:{dotted}", {"images": {"vllm": "x"}})
    assert lock.unresolved(value)


def test_the_lock_lies_beside_its_inventory() -> None:
    assert lock.path_of(Path("a/rack.py")) == Path("a/rack.lock.yaml")


def test_no_lock_is_no_mistake(tmp_path: Path) -> None:
    assert lock.read(tmp_path / "rack.py") is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"a: 1\nb: [1\n", "line 3: is no YAML: expected ',' or ']', but got '<stream end>'"),
        (b"a: b: c\n", "line 1: is no YAML: mapping values are not allowed here"),
        (b"a: \x00\n", "is no YAML: unacceptable character #x0000: special characters are not"),
        (b"a: \xff\n", "cannot be read: 'utf-8' codec can't decode byte 0xff"),
        (b"- a\n", "holds no map; write it anew"),
    ],
)
def test_a_broken_lock_gets_one_line(tmp_path: Path, text: bytes, sentence: str) -> None:
    path = tmp_path / "rack.lock.yaml"
    path.write_bytes(text)
    with pytest.raises(SiteError) as wrong:
        lock.read(tmp_path / "rack.py")
    assert str(wrong.value).startswith(f"{path}: {sentence}")
    assert "\n" not in str(wrong.value)

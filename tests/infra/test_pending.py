"""What waits for a lock is judged with something fitting in its place."""

from pydantic import BaseModel, Field

from infra import pending


class Inner(BaseModel):
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Model(BaseModel):
    version: str = Field(pattern=r"^[0-9]+[.][0-9.]+$")
    path: str = Field(default="/x", pattern=r"^/[a-z]+$")
    count: int = 1
    files: dict[str, Inner] = {}


class Strict(Model, extra="forbid"):
    pass


WAITING = {
    "version": "lock:v",
    "path": "lock:p",
    "count": "lock:n",
    "files": {"a": {"sha256": "lock:a"}},
}


def test_references_are_found_with_their_places() -> None:
    found = dict(pending.waiting({"a": ["x", "lock:b"], "c": {"d": "lock:e"}}))
    assert found == {("a", 1): "lock:b", ("c", "d"): "lock:e"}


def test_each_reference_gets_what_fits_its_place() -> None:
    places = dict(pending.waiting(WAITING))
    found = pending.stood_in(WAITING, places=places, model=Model)
    assert found is not None
    assert (found.path, found.count, list(found.files)) == ("/pending", 1, ["a"])


def test_what_is_missing_is_added_and_what_is_too_much_left_out() -> None:
    given = {"files": {"a": {}}, "version": "1.0"}
    found = pending.stood_in(given, places=[("files", "a", "sha256")], model=Model)
    assert found is not None
    assert found.files["a"].sha256 == "a" * 64
    extra = pending.stood_in({"version": "1.0", "x": 1}, places=[], model=Strict, without=[("x",)])
    assert extra is not None


def test_what_is_wrong_anyway_gets_nothing() -> None:
    wrong = {**WAITING, "files": {"a": {}}}
    assert pending.stood_in(wrong, places=dict(pending.waiting(wrong)), model=Model) is None


def test_an_error_about_a_reference_or_its_whole_waits() -> None:
    places = {("a", "b"): "lock:x"}
    assert pending.concerns(("a", "b"), places)
    assert pending.concerns(("a",), places)
    assert not pending.concerns(("a", "c"), places)

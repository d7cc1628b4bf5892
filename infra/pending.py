"""What is not known yet: references that wait for a lock, and what is judged in their place.

The same serves a value that is mistaken, so that one mistake does not hide the next.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from infra import lock

Location = tuple[int | str, ...]
"""Where a value stands in a role's settings."""
_Model = TypeVar("_Model", bound=BaseModel)

_STAND_INS: tuple[object, ...] = (
    f"x/y:z@sha256:{'0' * 64}",
    "a" * 64,
    "https://pending.invalid/x",
    "-----BEGIN PGP PUBLIC KEY BLOCK-----",
    "env:PENDING",
    "999.9.9",
    "/pending",
    "pending",
    1,
)
"""One of each kind: image, checksum, address, key, secret, version, path, word, count."""


def waiting(value: Any, at: Location = ()) -> Iterator[tuple[Location, str]]:  # noqa: ANN401
    """The references that the lock did not answer, with their places."""
    if lock.unresolved(value):
        yield at, value
    pairs = value.items() if isinstance(value, Mapping) else ()
    items = enumerate(value) if isinstance(value, list) else pairs
    for key, inner in items:
        yield from waiting(inner, (*at, key))


def concerns(location: Location, places: Mapping[Location, str]) -> bool:
    """Whether an error is about a reference, or about a whole that holds one."""
    return any(location[: len(at)] == at or at[: len(location)] == location for at in places)


def stood_in(
    values: Mapping[str, Any],
    *,
    places: Collection[Location],
    model: type[_Model],
    without: Collection[Location] = (),
) -> _Model | None:
    """Settings with something fitting in some places; None when they stay wrong."""
    chosen = dict.fromkeys(places, 0)
    for _ in _STAND_INS:
        by = {at: _STAND_INS[number] for at, number in chosen.items()}
        try:
            return model.model_validate(_replaced(values, by, without))
        except ValidationError as wrong:
            found = [error["loc"] for error in wrong.errors()]
        unfit = {at for at in chosen for location in found if location[: len(at)] == at}
        if not unfit or any(chosen[at] + 1 == len(_STAND_INS) for at in unfit):
            return None
        chosen |= {at: chosen[at] + 1 for at in unfit}
    return None


def _replaced(
    value: Any,  # noqa: ANN401
    by: Mapping[Location, object],
    without: Collection[Location],
    at: Location = (),
) -> Any:  # noqa: ANN401
    if at in by:
        return by[at]
    if isinstance(value, Mapping):
        missing = {place[-1]: None for place in by if place and place[:-1] == at}
        items = {**missing, **value}.items()
        return {
            key: _replaced(inner, by, without, (*at, key))
            for key, inner in items
            if (*at, key) not in without
        }
    if isinstance(value, list):
        return [_replaced(inner, by, without, (*at, row)) for row, inner in enumerate(value)]
    return value

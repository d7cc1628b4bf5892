"""What the lab makes once: it appears in the cache by rename, when it is whole."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path


def cached(kind: Path, *, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder below `kind` that `make` filled for this recipe, on the first call or before.

    `recipe` is all that decides what is in it. A call that was cut short leaves nothing to find.
    """
    kept = kind / hashlib.sha256(recipe.encode()).hexdigest()[:16]
    kind.mkdir(parents=True, exist_ok=True)
    with (kind / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            _make(kept, fresh=kind / ".new", make=make)
    return kept


def _make(kept: Path, *, fresh: Path, make: Callable[[Path], None]) -> None:
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    make(fresh)
    fresh.rename(kept)

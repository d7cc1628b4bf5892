"""Where the control host keeps what it knows of an inventory: runs, and what roles asked."""

import hashlib
import os
from pathlib import Path


def of(inventory: Path) -> Path:
    """The folder of an inventory: `~/.local/state/infra/<name>-<digest of its path>`."""
    digest = hashlib.sha256(str(inventory.resolve()).encode()).hexdigest()[:8]
    return _state() / f"{inventory.stem}-{digest}"


def _state() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "infra"

"""Where the control host keeps what it knows of an inventory: runs, and what roles asked."""

import hashlib
import os
from pathlib import Path


def of(inventory: Path) -> Path:
    """The folder of an inventory: `~/.local/state/infra/<name>-<digest of its path>`."""
    digest = hashlib.sha256(str(inventory.resolve()).encode()).hexdigest()[:8]
    return _state() / f"{inventory.stem}-{digest}"


def credentials(*, system: bool, home: Path) -> Path:
    """Where the files of `credential:` lie: the machine's, or a user's own."""
    user = os.environ.get("XDG_CONFIG_HOME") or str(home / ".config")
    return Path("/etc/infra/credentials" if system else f"{user}/infra/credentials")


def _state() -> Path:
    base = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(base) / "infra"

"""The ledger: one JSON and one full log for every run."""

import json
import shutil
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any, TextIO

from infra import place
from infra.files import write_atomic
from infra.masked import masked

KEPT_RUNS = 100
"""How many runs of one command on an inventory are kept."""
_LIBRARIES = ("infra", "pyinfra", "paramiko", "pydantic")


@dataclass
class Ledger:
    """A run of a command on an inventory: a folder with `run.json` and `log.txt`."""

    inventory: Path
    command: str
    started: datetime = field(default_factory=lambda: datetime.now(timezone.utc))
    _clock: float = field(default_factory=time.monotonic)
    _log: TextIO | None = None

    @property
    def folder(self) -> Path:
        """The run's own folder."""
        name = f"{self.started:%Y%m%dT%H%M%S.%f}-{self.command}"
        return place.of(self.inventory) / "runs" / name

    @property
    def log_path(self) -> Path:
        """The full log: every command and its output."""
        return self.folder / "log.txt"

    @property
    def seconds(self) -> float:
        """Wall time since the start."""
        return time.monotonic() - self._clock

    def log(self, line: str) -> None:
        """Add a line to the log, with the time of day."""
        if self._log is None:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.log_path.touch(mode=0o600)
            self._log = self.log_path.open("a")
        self._log.write(f"{datetime.now():%H:%M:%S.%f} {masked(line)}\n")
        self._log.flush()

    def close(self, **result: Any) -> dict[str, Any]:  # noqa: ANN401
        """Write `run.json` with what the run came to, make it the last one, give its content."""
        content: dict[str, Any] = masked(
            {
                "inventory": str(self.inventory),
                "command": self.command,
                "started": self.started.isoformat(timespec="seconds"),
                "seconds": round(self.seconds, 3),
                "versions": {name: _version(name) for name in _LIBRARIES},
                **result,
            }
        )
        text = json.dumps(content, indent=1)
        write_atomic(self.folder / "run.json", text, mode=0o600)
        write_atomic(place.of(self.inventory) / f"last-{self.command}.json", text, mode=0o600)
        if self._log is not None:
            self._log.close()
            self._log = None
        _forget_old(self.folder.parent, command=self.command)
        return content


def _forget_old(runs: Path, *, command: str) -> None:
    """Of each command its own: a timer's many runs do not push a person's deploys out."""
    for folder in sorted(runs.glob(f"*-{command}"))[:-KEPT_RUNS]:
        shutil.rmtree(folder, ignore_errors=True)


def failed_last(inventory: Path) -> tuple[str, ...]:
    """Names of the nodes that did not end well in the last deploy; empty where none is known."""
    path = place.of(inventory) / "last-deploy.json"
    try:
        nodes = json.loads(path.read_text())["nodes"]
        return tuple(node["node"] for node in nodes if node["status"] != "ok")
    except (OSError, ValueError, TypeError, KeyError):
        return ()  # a machine that lost its power leaves empty files


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "unknown"

"""Units on the control host: written, started and told of, through systemctl."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import hooks, place
from infra.files import write_atomic

_SECONDS = 60
Hear = Callable[[str], None]


@dataclass(frozen=True)
class Manager:
    """The machine's systemd, or a user's own."""

    system: bool
    home: Path
    hear: Hear = lambda line: None

    @property
    def folder(self) -> Path:
        """Where its unit files lie."""
        user = os.environ.get("XDG_CONFIG_HOME") or str(self.home / ".config")
        return Path("/etc/systemd/system" if self.system else f"{user}/systemd/user")

    @property
    def credentials(self) -> Path:
        """Where credentials lie that nobody named a file for."""
        return place.credentials(system=self.system, home=self.home)

    def silent(self) -> str | None:
        """Why nothing can be installed here; None when this systemd answers."""
        if not Path("/run/systemd/system").is_dir():
            return "systemd does not run this machine: call `infra nightly run` from what does"
        try:
            self._systemctl("show", "--property=Version")
        except hooks.HookError as problem:
            whose = "the machine's systemd" if self.system else "your own systemd"
            return f"{whose} does not answer: {problem}; log in anew, or use root's"
        return None

    def install(self, units: Mapping[str, str], *, timers: Sequence[str]) -> None:
        """Units written and their timers started; HookError when systemd takes one not."""
        for name, text in units.items():
            write_atomic(self.folder / name, text)
        self._systemctl("daemon-reload")
        self._systemctl("enable", "--quiet", *timers)
        self._systemctl("restart", *timers)  # a running timer keeps its old time otherwise

    def remove(self, names: Iterable[str]) -> tuple[str, ...]:
        """Units stopped and taken away; gives those that were there."""
        there = tuple(name for name in names if (self.folder / name).exists())
        timers = [name for name in there if name.endswith(".timer")]
        try:
            if timers:
                self._systemctl("disable", "--quiet", "--now", *timers)
        finally:  # a file that stays would be taken up again at the next boot
            for name in there:
                (self.folder / name).unlink(missing_ok=True)
        if there:
            self._systemctl("daemon-reload")
        return there

    def shown(self, unit: str, *properties: str) -> dict[str, str]:
        """What systemd knows of a unit."""
        lines = self._systemctl("show", unit, f"--property={','.join(properties)}")
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def refused(self, kind: str, text: str) -> str | None:
        """Why systemd does not take a `calendar` or `timespan`; None when it does."""
        try:
            hooks.run(
                ("systemd-analyze", kind, text), variables={}, seconds=_SECONDS, hear=self.hear
            )
        except hooks.HookError as problem:
            return str(problem)
        return None

    def lingers(self, user: str) -> bool:
        """Whether a user's units run while the user is not logged in."""
        return self.system or Path(f"/var/lib/systemd/linger/{user}").exists()

    def _systemctl(self, *words: str) -> tuple[str, ...]:
        user = () if self.system else ("--user",)
        return hooks.run(
            ("systemctl", *user, *words), variables={}, seconds=_SECONDS, hear=self.hear
        )

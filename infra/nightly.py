"""What runs on its own for an inventory: its systemd units, as plain text by file name."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra import place
from infra.templates import render

ENCRYPTED = ".cred"
"""How the name of a credential ends that systemd is to decrypt."""


@dataclass(frozen=True)
class Nightly:
    """A check of an inventory every night, and a pass of its gate every few minutes."""

    inventory: Path
    """Absolute."""
    folder: Path
    """Where infra is run in: relative `file:` references start there."""
    program: tuple[str, ...]
    """What runs infra: its words before the command's."""
    at: str
    """A calendar expression of systemd's."""
    jitter: str
    """A time span of systemd's: it starts so much later at most."""
    reports: Path
    keep_days: int
    pages: tuple[Path, ...] = ()
    """Folders that get the newest page as well."""
    textfile: Path | None = None
    hook: str | None = None
    """Shell text that runs when a night did not end well."""
    gate_minutes: int = 0
    """0: no gate pass."""
    credentials: Mapping[str, Path] = field(default_factory=dict)
    """Where each secret lies that systemd is to hand over."""
    environment: Mapping[str, str] = field(default_factory=dict)
    system: bool = True
    """Whether the units are the machine's; else the user's own."""

    @property
    def night(self) -> str:
        """Name of its check's units, without what they are."""
        return f"infra-nightly-{place.of(self.inventory).name}"

    @property
    def gate(self) -> str:
        """Name of its gate's units, likewise."""
        return f"infra-gate-{place.of(self.inventory).name}"

    @property
    def failed(self) -> str:
        """Name of the service that runs the hook, likewise."""
        return f"{self.night}-failed"

    @property
    def every_unit(self) -> tuple[str, ...]:
        """Files that an installation may have put there."""
        kinds = [f"{name}.{kind}" for name in (self.night, self.gate) for kind in _KINDS]
        return (*kinds, f"{self.failed}.service")

    @property
    def timers(self) -> tuple[str, ...]:
        """The timers that start something."""
        gate = (f"{self.gate}.timer",) if self.gate_minutes else ()
        return (f"{self.night}.timer", *gate)


_KINDS = ("timer", "service")
_REPORTS = "--reports"


def units(nightly: Nightly) -> dict[str, str]:
    """Unit files by name; no secret is in them, only where systemd finds it."""
    made = {
        f"{nightly.night}.timer": _unit("night.timer", nightly),
        f"{nightly.night}.service": _unit("night.service", nightly, words=_night(nightly)),
    }
    if nightly.gate_minutes:
        words = ("gate", str(nightly.inventory))
        made[f"{nightly.gate}.timer"] = _unit("gate.timer", nightly)
        made[f"{nightly.gate}.service"] = _unit("gate.service", nightly, words=words)
    if nightly.hook is not None:
        made[f"{nightly.failed}.service"] = _unit("failed.service", nightly)
    return made


def reports_of(service: str) -> Path | None:
    """Where the night of a service's unit file leaves its reports; None when it does not say."""
    starts = (line for line in service.splitlines() if line.startswith("ExecStart="))
    words = shlex.split(next(starts, "").removeprefix("ExecStart="))
    if _REPORTS not in words[:-1]:
        return None
    return Path(words[words.index(_REPORTS) + 1].replace("%%", "%").replace("$$", "$"))


def _night(nightly: Nightly) -> tuple[str, ...]:
    """The words of the command that the timer starts."""
    pages = [word for folder in nightly.pages for word in ("--html", str(folder))]
    textfile = ["--textfile", str(nightly.textfile)] if nightly.textfile is not None else []
    kept = [_REPORTS, str(nightly.reports), "--keep-days", str(nightly.keep_days)]
    return ("nightly", "run", str(nightly.inventory), *kept, *pages, *textfile)


def _unit(template: str, nightly: Nightly, words: tuple[str, ...] = ()) -> str:
    loads = [
        f"LoadCredential{'Encrypted' if path.suffix == ENCRYPTED else ''}="
        + _plain(f"{name}:{path}")
        for name, path in nightly.credentials.items()
    ]
    latest = nightly.reports / "latest" / "report.html"
    told = {"INFRA_INVENTORY": str(nightly.inventory), "INFRA_REPORT": str(latest)}
    return render(
        f"nightly/{template}.j2",
        nightly=nightly,
        inventory=_plain(str(nightly.inventory)),
        folder=_plain(str(nightly.folder)),
        at=_plain(nightly.at),
        jitter=_plain(nightly.jitter),
        command=" ".join(map(_word, (*nightly.program, *words))),
        hook=_word(nightly.hook or ""),
        loads=loads,
        environment=[_assigned(*pair) for pair in nightly.environment.items()],
        told=[_assigned(*pair) for pair in told.items()],
    )


def _assigned(name: str, value: str) -> str:
    """A variable as `Environment=` wants it: there a dollar sign is itself."""
    return _quoted(f"{name}={value}")


def _word(text: str) -> str:
    """A word of a command line as `ExecStart=` wants it."""
    return _quoted(text.replace("$", "$$"))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{_plain(escaped)}"'


def _plain(text: str) -> str:
    return text.replace("%", "%%")

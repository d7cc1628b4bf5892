"""What a host's base system is promised to be."""

from pathlib import PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from infra.apt import AptRepository
from infra.role import Settings
from roles.base_system.admins import Admin
from roles.base_system.parameters import DEFAULTS

PackageName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+.-]+$")]
ServerName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.:-]*$")]
ParameterName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+([./][A-Za-z0-9_.:-]+)+$")]
ParameterValue = Annotated[str, StringConstraints(pattern=r"^[^\n]+$", strip_whitespace=True)]


class BaseSystemSettings(Settings):
    """Package sources, time, admins, kernel parameters, journal, SSH and automatic upgrades."""

    apt_mirror: AptRepository | None = None
    """Where all the distribution's packages come from; None: from the sources the host has."""
    apt_lock_seconds: int = Field(default=600, ge=0)
    """How long apt waits for another process that holds its locks, in seconds; infra's own too.

    Until this is written, in a host's very first run, infra's own apt waits for 600 s.
    """
    apt_retries: int = Field(default=3, ge=0)
    """How often apt tries a failed download again."""
    packages: tuple[PackageName, ...] = ("ca-certificates", "curl", "pciutils")
    """Packages that are installed at whatever version the sources offer."""
    unattended_upgrades: bool = True
    """Whether security updates install themselves; kernel, driver and Docker are never moved."""
    upgrade_exceptions: tuple[str, ...] = ()
    """More packages that are never upgraded by themselves: expressions for a name's beginning."""
    hold_kernel: bool = True
    """Whether installed kernel metapackages and the running kernel are held; False: left as is."""
    timezone: str = Field(default="UTC", pattern=r"^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$")
    """Time zone, e.g. `UTC` or `Europe/Berlin`."""
    ntp: bool = True
    """Whether the host keeps its clock by NTP; False where something else keeps it."""
    ntp_servers: tuple[ServerName, ...] = ()
    """Servers for systemd-timesyncd; none: the distribution's. A running chrony keeps its own."""
    admins: tuple[Admin, ...] = ()
    """People who log in with keys and become root by sudo."""
    sysctl: dict[ParameterName, int | ParameterValue | None] = Field(default_factory=dict)
    """Kernel parameters on top of the role's own; None takes one of the role's own away."""
    journal_max: str = Field(default="2G", pattern=r"^[1-9]\d*[KMGT]$")
    """Most disk space of the journal (K, M, G, T: powers of 1024 bytes)."""
    journal_days: int = Field(default=30, ge=1)
    """How long journal entries are kept, in days."""
    ssh_passwords: bool = False
    """Whether people may log in with a password."""
    ssh_root: Literal["no", "prohibit-password"] | None = None
    """Whether root may log in with a key; None: only where infra itself logs in as root."""
    ssh_max_auth_tries: int = Field(default=6, ge=3)
    """Keys and passwords that one SSH connection may try; an agent offers all the keys it has."""
    ssh_forwarding: Literal["no", "local", "yes"] = "local"
    """What SSH passes on: `local`: to ports behind the host, as a jump host does; `yes`: back, too.

    `yes` also lets agents be passed on.
    """
    ssh_crypto: Literal["strict", "system"] = "strict"
    """`strict` takes weak algorithms out of what sshd knows; `system` leaves the distribution's."""

    @field_validator("upgrade_exceptions")
    @classmethod
    def _fits_in_quotes(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        for expression in expressions:
            if not expression or set(expression) & set('"\n;{}'):
                raise ValueError(f"'{expression}': give a package's name or its beginning")
        return expressions

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, zone: str) -> str:
        if PurePosixPath(zone).parts[0] in ("posix", "right"):
            raise ValueError(f'"{zone}": give the zone alone, e.g. Europe/Berlin')
        return "UTC" if zone == "Etc/UTC" else zone

    @field_validator("admins")
    @classmethod
    def _each_once(cls, admins: tuple[Admin, ...]) -> tuple[Admin, ...]:
        names = [admin.user for admin in admins]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f'"{name}" is named twice; give all of a person\'s keys at once')
        return admins

    @property
    def parameters(self) -> dict[str, str]:
        """Kernel parameters by name: the role's own and those of the inventory."""
        merged = {**DEFAULTS, **self.sysctl}
        return {key: str(value) for key, value in merged.items() if value is not None}

"""What any role may ask of a host: the command's text, and the parser of its answer."""

import shlex
from dataclasses import dataclass


@dataclass(frozen=True)
class FileStat:
    """One regular file: octal mode ("644"), owner, group, sha256 of its content."""

    mode: str
    user: str
    group: str
    sha256: str


@dataclass(frozen=True)
class Unit:
    """A systemd unit's LoadState, ActiveState, UnitFileState, and whether it needs a reload."""

    load: str
    active: str
    enabled: str
    needs_reload: bool


@dataclass(frozen=True)
class Os:
    """A host's os-release ID and VERSION_ID, codename, architecture, who asked, and its clock."""

    id: str
    version: str
    codename: str
    arch: str
    uid: int = 0
    ahead: float = 0.0
    """Seconds that the host's clock is ahead of ours."""


def stat_command(path: str) -> str:
    """Shell text that prints mode, owner, group and sha256 of a file; nothing when absent."""
    at = shlex.quote(path)
    return (
        f"if [ -f {at} ]; then stat -L -c '%a %U %G' -- {at}; sha256sum <{at} | cut -d' ' -f1; fi"
    )


def parse_stat(lines: list[str]) -> FileStat | None:
    """FileStat from the answer to `stat_command`; None when there is no such file."""
    if len(lines) < 2:
        return None
    mode, user, group = lines[0].split()
    return FileStat(mode=mode, user=user, group=group, sha256=lines[1].strip())


def packages_command(names: tuple[str, ...]) -> str:
    """Shell text that prints name, version, want and state of packages dpkg knows."""
    quoted = " ".join(shlex.quote(name) for name in names)
    return (
        "dpkg-query -W -f '${Package} ${Version} ${db:Status-Want} ${db:Status-Status}\\n' "
        f"{quoted} 2>/dev/null || true"
    )


@dataclass(frozen=True)
class Package:
    """An installed package: version, and whether it is held."""

    version: str
    held: bool


def parse_packages(lines: list[str]) -> dict[str, Package]:
    """Fully installed packages by name, from the answer to `packages_command`."""
    rows = (line.split() for line in lines)
    return {
        row[0]: Package(version=row[1], held=row[2] == "hold")
        for row in rows
        if len(row) == 4 and row[3] == "installed"
    }


def unit_command(name: str) -> str:
    """Shell text that prints a systemd unit's states."""
    asked = "LoadState,ActiveState,UnitFileState,NeedDaemonReload"
    return f"systemctl show -p {asked} -- {shlex.quote(name)}"


def parse_unit(lines: list[str]) -> Unit:
    """Unit from the answer to `unit_command`; a missing unit has load "not-found"."""
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    return Unit(
        load=found.get("LoadState", "not-found"),
        active=found.get("ActiveState", "inactive"),
        enabled=found.get("UnitFileState", ""),
        needs_reload=found.get("NeedDaemonReload") == "yes",
    )


OS_COMMAND = "cat /etc/os-release; echo ARCH=$(uname -m); echo UID=$(id -u); echo NOW=$(date +%s)"
"""Shell text that prints the distribution, the architecture, who asks, and the time."""

BOOT_ID_COMMAND = "cat /proc/sys/kernel/random/boot_id"
"""Shell text that prints the id of the running boot."""


def parse_os(lines: list[str], *, ours: float | None = None) -> Os:
    """Os from the answer to `OS_COMMAND`, which came when our clock said `ours`."""
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    plain = {key: value.strip().strip('"') for key, value in found.items()}
    return Os(
        id=plain.get("ID", ""),
        version=plain.get("VERSION_ID", ""),
        codename=plain.get("VERSION_CODENAME", ""),
        arch=plain.get("ARCH", ""),
        uid=int(plain.get("UID") or 0),
        ahead=float(plain["NOW"]) - ours if ours is not None and "NOW" in plain else 0.0,
    )


SUPPORTED = {
    "ubuntu": ("22.04", "24.04", "26.04"),
    "debian": ("12", "13"),
}
"""Distributions and versions that infra deploys, on x86-64."""


def refusal(os: Os) -> str | None:
    """Why a host with this system is not touched; None when it is supported."""
    found = f"{os.id or 'unknown system'} {os.version} on {os.arch}".replace("  ", " ")
    if os.uid != 0:
        return f"logged in as user {os.uid}, which is not root; set _sudo = True"
    if os.arch == "x86_64" and os.version in SUPPORTED.get(os.id, ()):
        return None
    known = "; ".join(f"{name} {', '.join(which)}" for name, which in SUPPORTED.items())
    return f"{found} is not supported; infra deploys {known}, x86-64 only"

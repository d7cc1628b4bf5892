"""Time zone and clock: who keeps it, and how far it is from ours."""

import shlex
from dataclasses import dataclass

TIMESYNCD = "systemd-timesyncd.service"
TIMESYNCD_PATH = "/etc/systemd/timesyncd.conf.d/60-infra.conf"
FARTHEST_SECONDS = 60.0
"""How far a host's clock may be from the control host's."""

_KEEPERS = ("chrony", "chronyd", "ntpsec", "ntpd", "ntp", "openntpd")
_ZONES = "/usr/share/zoneinfo/"

COMMAND = (
    "date '+now %s.%N'; "
    'if [ -L /etc/localtime ]; then echo "zone $(readlink /etc/localtime)"; '
    "elif [ -e /etc/localtime ]; then echo 'zone a copy'; else echo 'zone UTC'; fi; "
    'echo "container $(systemd-detect-virt --container)"; '
    f"echo \"keepers $(systemctl is-active {' '.join(_KEEPERS)} | tr '\\n' ' ')\"; "
    f'echo "timesyncd $(systemctl is-active {TIMESYNCD})"'
)
"""Shell text that prints the host's time, its zone, and which services keep the clock."""

SYNCHRONISED_COMMAND = 'echo "synchronised $(timedatectl show -p NTPSynchronized --value)"'
"""Shell text that prints whether the kernel calls its clock synchronised."""


@dataclass(frozen=True)
class Clock:
    """A host's clock as found; times in seconds since 1970."""

    now: float
    zone: str
    container: bool
    keeper: str | None
    """Service beside systemd-timesyncd that keeps the clock."""
    timesyncd: bool
    """Whether systemd-timesyncd runs."""
    synchronised: bool | None
    """What the kernel says; None: it was not asked, or did not say."""

    @property
    def wants_timesyncd(self) -> bool:
        """Whether systemd-timesyncd is the one to keep it: a container's clock is its host's."""
        return self.keeper is None and not self.container


def parse(lines: list[str]) -> Clock:
    """Clock from the answers to `COMMAND` and, where asked, `SYNCHRONISED_COMMAND`."""
    found = {word: rest.strip() for word, _, rest in (line.partition(" ") for line in lines)}
    states = dict(zip(_KEEPERS, found.get("keepers", "").split(), strict=False))
    said = found.get("synchronised", "")
    return Clock(
        now=float(found.get("now", 0)),
        zone=_zone(found.get("zone", "UTC")),
        container=found.get("container", "none") not in ("none", ""),
        keeper=next((name for name, state in states.items() if state == "active"), None),
        timesyncd=found.get("timesyncd") == "active",
        synchronised={"yes": True, "no": False}.get(said),
    )


def _zone(link: str) -> str:
    zone = link.partition("zoneinfo/")[2] or link
    return "UTC" if zone in ("Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Universal") else zone


def zone_command(zone: str) -> str:
    """Shell text that sets the time zone; fails when the host does not know it."""
    file = shlex.quote(f"{_ZONES}{zone}")
    return (
        f"[ -f {file} ] || {{ echo {shlex.quote(zone)} 'is no time zone here; set' "
        "'base_system.timezone to one of timedatectl list-timezones' >&2; exit 1; }; "
        f"ln -sfn {file} /etc/.localtime.infra && mv -fT /etc/.localtime.infra /etc/localtime && "
        f"{{ [ ! -e /etc/timezone ] || echo {shlex.quote(zone)} >/etc/timezone; }}"
    )


def fault(clock: Clock, *, ours: float, ntp: bool) -> str | None:
    """Sentence on what is wrong with a clock that was read when ours said `ours`; None: nothing."""
    apart = abs(clock.now - ours)
    if apart > FARTHEST_SECONDS:
        return f"the clock is {apart:.0f} s from the control host's, allowed are 60 s"
    if ntp and clock.wants_timesyncd and not clock.timesyncd:
        return "nothing keeps the clock: systemd-timesyncd does not run, nor does chrony or ntpd"
    return None


def doubt(clock: Clock, *, ntp: bool) -> str | None:
    """Sentence on why it is unproven that the clock is kept; None: it is proven, or not asked."""
    if not ntp or clock.synchronised:
        return None
    if clock.container:
        return "a container's clock is kept by its host, and the kernel does not call it kept"
    return f"{clock.keeper or 'systemd-timesyncd'} runs and has not reached an NTP server yet"

"""Whether the promised rules stand: loaded, kept for the next boot, and loaded then."""

from dataclasses import dataclass

from infra.guard import Trial
from infra.guard.command import pending_command
from roles.host_firewall import ruleset

UNIT = "nftables.service"
DROP_IN = "/etc/systemd/system/nftables.service.d/infra.conf"
TRIAL = "firewall"

_SHOWN = "UnitFileState,ActiveState,NeedDaemonReload"

COMMAND = (
    f"live=$({ruleset.LIST} 2>/dev/null); meant=$({ruleset.LIST_PROMISED} 2>/dev/null); "
    '[ -n "$live" ] && [ "$live" = "$meant" ] && echo loaded; '
    f"cmp -s {ruleset.PROMISED} {ruleset.KEPT} && echo kept; "
    f"{pending_command(TRIAL)} && echo on-trial; "
    f"systemctl show -p {_SHOWN} {UNIT}"
)
"""Shell text that prints in words what is true of the promised rules."""


@dataclass(frozen=True)
class Standing:
    """How far the promised rules have come."""

    loaded: bool = False
    """The loaded table is the promised one, rule by rule."""
    kept: bool = False
    """They are what a boot loads."""
    on_trial: bool = False
    """An interrupted run left them to the timer."""
    at_boot: bool = False
    """The service that loads them is enabled and as its files say."""
    active: bool = False

    @property
    def settled(self) -> bool:
        """Whether nothing is left to do."""
        return self.loaded and self.kept and self.at_boot and self.active and not self.on_trial


def parse(lines: list[str]) -> Standing:
    """Standing from the answer to `COMMAND`."""
    return Standing(
        loaded="loaded" in lines,
        kept="kept" in lines,
        on_trial="on-trial" in lines,
        at_boot="UnitFileState=enabled" in lines and "NeedDaemonReload=no" in lines,
        active="ActiveState=active" in lines,
    )


def trial(*, seconds: int, ssh_port: int) -> Trial:
    """The promised rules, loaded on trial and kept once we came in anew."""
    return Trial(
        unit=TRIAL,
        promised=ruleset.PROMISED,
        stands=ruleset.KEPT,
        what="the firewall's new rules",
        look="see that host_firewall.ssh_sources holds the address from which infra reaches the "
        "host, and host_firewall.ssh_port the port of its sshd",
        remember=(
            '{ echo "table inet infra"; echo "delete table inet infra"; '
            'nft list table inet infra 2>/dev/null || :; } >"$TRIAL/before.nft"'
        ),
        apply=f"{_learn(ssh_port)}; nft -f {ruleset.PROMISED}",
        undo='nft -f "$TRIAL/before.nft"',
        keep=(
            f"mkdir -p {_folder(ruleset.KEPT)}; "
            f"cp {ruleset.PROMISED} {ruleset.KEPT}.new; sync {ruleset.KEPT}.new; "
            f"mv -f {ruleset.KEPT}.new {ruleset.KEPT}; systemctl daemon-reload; "
            f"systemctl enable --quiet {UNIT}; systemctl start {UNIT}"
        ),
        seconds=seconds,
    )


def _learn(ssh_port: int) -> str:
    """Where nothing tracked connections so far, those under way are seen once, or they are cut."""
    return (
        "if ! nft list table inet infra >/dev/null 2>&1 && "
        f"ss -Htn state established '( sport != :{ssh_port} )' | grep -qv '127.0.0.1'; then "
        "nft 'add table inet infra; "
        "add chain inet infra learning { type filter hook prerouting priority -150; }; "
        "add rule inet infra learning ct state new counter'; sleep 1; fi"
    )


def _folder(path: str) -> str:
    return path.rpartition("/")[0]

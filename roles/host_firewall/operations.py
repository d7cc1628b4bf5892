"""Loads the promised rules on trial, and keeps them once infra came in through them."""

from pyinfra.api.exceptions import PyinfraError
from pyinfra.context import host

from infra import operations, templates
from infra.apt import operations as apt
from infra.guard.operations import guarded
from roles.host_firewall import foreign, ruleset, standing
from roles.host_firewall.facts import Foreign, Standing
from roles.host_firewall.settings import HostFirewallSettings


def apply(settings: HostFirewallSettings) -> None:
    """Open on the host what its roles and the inventory name, and nothing else."""
    _refuse(settings)
    apt.packages(wanted={"nftables": None}, name="Install nftables")
    service = operations.write_file(
        path=standing.DROP_IN,
        text=templates.render(
            "host_firewall/nftables.conf.j2", kept=ruleset.KEPT, clear=ruleset.CLEAR
        ),
        name="Bind nftables' service to our table",
    )
    written = operations.write_file(
        path=ruleset.PROMISED,
        text=ruleset.text(settings),
        validate="nft -c -f {}",
        name="Write firewall rules",
    )
    is_changed = operations.changed(service, written)
    guarded(
        trial=standing.trial(seconds=settings.rollback_seconds, ssh_port=settings.ssh_port or 22),
        name="Load firewall rules on trial",
        _if=lambda: is_changed() or not host.get_fact(Standing).settled,
    )


def _refuse(settings: HostFirewallSettings) -> None:
    found = host.get_fact(Foreign)
    wrong = foreign.refusals(found, adopt=settings.adopt, interfaces=settings.container_interfaces)
    if wrong:
        raise PyinfraError("; ".join(f"host_firewall: {sentence}" for sentence in wrong))

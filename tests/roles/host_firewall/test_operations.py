import hashlib
from typing import Any

from infra import facts, observed, templates
from infra.testing import rehearse
from roles.host_firewall import foreign, ruleset, standing
from roles.host_firewall.facts import Foreign, Standing
from roles.host_firewall.operations import apply
from roles.host_firewall.settings import HostFirewallSettings

SETTINGS = HostFirewallSettings(ssh_port=22)
SETTLED = standing.Standing(loaded=True, kept=True, at_boot=True, active=True)


def known() -> dict[Any, Any]:
    """Facts of a host on which the role ran."""
    unit = templates.render(
        "host_firewall/nftables.conf.j2", kept=ruleset.KEPT, clear=ruleset.CLEAR
    )
    texts = {ruleset.PROMISED: ruleset.text(SETTINGS), standing.DROP_IN: unit}

    def stat(path: str) -> observed.FileStat:
        return observed.FileStat(
            "644", "root", "root", hashlib.sha256(texts[path].encode()).hexdigest()
        )

    return {
        facts.FileStat: stat,
        facts.Packages: {"nftables": observed.Package(version="1", held=False)},
        Standing: SETTLED,
    }


def test_a_bare_host_gets_rules_on_trial_and_then_for_good() -> None:
    found = rehearse(apply, SETTINGS)
    assert found.error is None
    assert found.changed == found.operations
    texts = [command.text for command in found.commands]
    begun = next(n for n, text in enumerate(texts) if "systemd-run" in text)
    kept = next(n for n, text in enumerate(texts) if f"mv -f {ruleset.KEPT}.new" in text)
    assert "nft -c -f" in texts[begun - 1]
    assert begun < kept


def test_a_second_run_changes_nothing() -> None:
    found = rehearse(apply, SETTINGS, facts=known())
    assert found.error is None
    assert found.changed == ()
    assert found.commands == ()


def test_rules_that_a_killed_run_left_unproven_are_tried_again() -> None:
    left = standing.Standing(loaded=True, at_boot=True, active=True, on_trial=True)
    found = rehearse(apply, SETTINGS, facts={**known(), Standing: left})
    assert found.changed == ("Load firewall rules on trial",)


def test_a_host_with_another_firewall_is_left_alone() -> None:
    found = rehearse(apply, SETTINGS, facts={Foreign: foreign.Found(firewalls=("ufw",))})
    assert found.commands == ()
    assert found.error is not None and "ufw is active" in found.error

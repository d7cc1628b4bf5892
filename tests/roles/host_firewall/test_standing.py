from roles.host_firewall import ruleset, standing

SHOWN = ["ActiveState=active", "UnitFileState=enabled", "NeedDaemonReload=no"]


def test_rules_that_are_loaded_and_kept_are_settled() -> None:
    assert standing.parse(["loaded", "kept", *SHOWN]).settled


def test_whatever_is_missing_unsettles_them() -> None:
    whole = ["loaded", "kept", *SHOWN]
    for line in whole:
        assert not standing.parse([other for other in whole if other != line]).settled, line
    assert not standing.parse([*whole, "on-trial"]).settled


def test_a_boot_in_the_middle_finds_the_old_rules() -> None:
    trial = standing.trial(seconds=30, ssh_port=22)
    assert ruleset.KEPT not in trial.remember + trial.apply + trial.undo
    assert f"mv -f {ruleset.KEPT}.new {ruleset.KEPT}" in trial.keep


def test_connections_under_way_are_seen_before_they_are_judged() -> None:
    trial = standing.trial(seconds=30, ssh_port=2222)
    assert trial.apply.index("learning") < trial.apply.index(f"nft -f {ruleset.PROMISED}")
    assert "sport != :2222" in trial.apply

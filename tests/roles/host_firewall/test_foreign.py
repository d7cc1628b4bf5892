from roles.host_firewall import foreign

KEPT = "/etc/infra/firewall.nft"
BRIDGES = ("docker0", "br-*")


def said(lines: list[str], *, adopt: bool = False) -> list[str]:
    return foreign.refusals(foreign.parse(lines), adopt=adopt, interfaces=BRIDGES)


def test_a_host_of_the_distribution_is_taken() -> None:
    assert said(["uplink eth0", "uplink eth0"]) == []


def test_another_firewall_is_told_with_what_to_do() -> None:
    (sentence,) = said(["ufw", "uplink eth0"])
    assert "ufw is active" in sentence and "ufw disable" in sentence
    (sentence,) = said(["firewalld"])
    assert "systemctl disable --now firewalld" in sentence


def test_an_admins_own_rules_go_only_when_that_is_said() -> None:
    (sentence,) = said(["own-rules"])
    assert "host_firewall.adopt" in sentence
    assert said(["own-rules"], adopt=True) == []


def test_a_way_to_the_world_is_no_bridge_of_containers() -> None:
    (sentence,) = said(["uplink br-ex", "uplink br-ex"])
    assert "br-ex" in sentence
    assert foreign.refusals(foreign.parse(["uplink br-ex"]), adopt=False, interfaces=("br0",)) == []


SHOWN = [
    "ExecStart={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft -f /etc/infra/firewall.nft ; "
    "ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }",
    "ExecReload={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft -f /etc/infra/firewall.nft ; "
    "ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0 }",
    "ExecStop={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft add table inet infra; delete table "
    "inet infra ; ignore_errors=no ; start_time=[n/a] ; stop_time=[n/a] ; pid=0 }",
]


def test_a_service_that_touches_our_table_alone_has_no_strays() -> None:
    assert foreign.strays(SHOWN, kept=KEPT) == []


def test_a_service_that_flushes_everything_is_told() -> None:
    line = "ExecStop={ path=/usr/sbin/nft ; argv[]=/usr/sbin/nft flush ruleset ; ignore_errors=no }"
    assert foreign.strays([*SHOWN, line], kept=KEPT) == ["/usr/sbin/nft flush ruleset"]

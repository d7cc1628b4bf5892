from infra.opening import Opening
from roles.host_firewall import ruleset
from roles.host_firewall.settings import ExtraOpening, HostFirewallSettings


def rules(**given: object) -> list[tuple[str, str]]:
    settings = HostFirewallSettings(**{"ssh_port": 22, **given})  # type: ignore[arg-type]
    return [(rule.match, rule.what) for rule in ruleset.rules(settings)]


def test_ssh_comes_first_and_is_open_to_everyone() -> None:
    assert rules() == [("tcp dport 22", "SSH")]


def test_sources_are_split_by_family_and_merged_where_they_overlap() -> None:
    sources = ("10.0.0.0/8", "10.1.2.3", "192.0.2.7", "2001:db8::/32", "2001:db8::1")
    assert rules(ssh_sources=sources, ssh_port=2222) == [
        ("ip saddr { 10.0.0.0/8, 192.0.2.7 } tcp dport 2222", "SSH"),
        ("ip6 saddr { 2001:db8::/32 } tcp dport 2222", "SSH"),
    ]


def test_a_family_without_sources_is_opened_for_nobody() -> None:
    assert rules(ssh_sources=("2001:db8::1",)) == [
        ("ip6 saddr { 2001:db8::1 } tcp dport 22", "SSH")
    ]


def test_what_roles_listen_on_and_what_the_inventory_adds_is_open() -> None:
    found = rules(
        services=(Opening(port=80, what="load_balancer: requests"),),
        openings=(ExtraOpening(port=53, protocol="udp", sources=("10.0.0.1",), what="names"),),
    )
    assert found[1:] == [
        ("tcp dport 80", "load_balancer: requests"),
        ("ip saddr { 10.0.0.1 } udp dport 53", "names"),
    ]


def test_words_for_people_cannot_leave_their_quotes() -> None:
    (_, rule) = rules(services=(Opening(port=80, what='a" drop\n'),))
    assert rule[1] == "a_ drop_"


def test_everything_else_is_dropped_on_arrival_before_docker_sees_it() -> None:
    text = ruleset.text(HostFirewallSettings(ssh_port=22))
    assert "hook prerouting priority -150; policy drop;" in text
    assert text.index('accept comment "SSH"') < text.index("jump unasked")
    assert "flush" not in text
    assert text.count("delete table") == 1


def test_bridges_of_containers_are_entered_by_published_ports_alone() -> None:
    text = ruleset.text(HostFirewallSettings(container_interfaces=("docker0",)))
    passing = text[text.index("chain passing") :]
    assert passing.index("ct status dnat accept") < passing.index('oifname "docker0" jump unasked')
    assert "br-" not in text


def test_drops_are_logged_at_a_rate_or_not_at_all() -> None:
    assert "limit rate 6/minute" in ruleset.text(HostFirewallSettings())
    assert 'log prefix "infra-drop: "' not in ruleset.text(HostFirewallSettings(log_drops=False))


def test_ports_open_to_all_are_those_without_sources() -> None:
    settings = HostFirewallSettings(
        ssh_port=22,
        ssh_sources=("10.0.0.0/8",),
        services=(Opening(port=80), Opening(port=8000, sources=("10.0.0.2",))),
        openings=(
            ExtraOpening(port=9100, sources=("0.0.0.0/0",), what="metrics"),
            ExtraOpening(port=53, protocol="udp", what="names"),
        ),
    )
    assert ruleset.open_to_all(settings) == {80, 9100}

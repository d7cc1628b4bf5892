import pytest
from pydantic import ValidationError

from roles.host_firewall.settings import HostFirewallSettings


def test_a_host_that_says_nothing_is_open_for_ssh_alone() -> None:
    settings = HostFirewallSettings()
    assert settings.ssh_sources == ()
    assert settings.openings == ()
    assert not settings.adopt


@pytest.mark.parametrize("source", ["192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0"])
def test_sources_are_addresses_and_networks(source: str) -> None:
    assert HostFirewallSettings(ssh_sources=(source,)).ssh_sources == (source,)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("bastion", "neither an address nor a network; give e.g."),
        ("192.0.2.7/24", "did you mean 192.0.2.0/24?"),
        ("", "neither an address nor a network"),
    ],
)
def test_what_nft_would_not_take_is_told(source: str, said: str) -> None:
    with pytest.raises(ValidationError, match="neither") as found:
        HostFirewallSettings(ssh_sources=(source,))
    assert said in str(found.value)


@pytest.mark.parametrize(
    "opening",
    [
        {"port": 0, "what": "x"},
        {"port": 9100},
        {"port": 9100, "what": 'x" drop'},
        {"port": 9100, "what": "x", "protocol": "icmp"},
        {"port": 9100, "what": "x", "sources": ["monitor"]},
    ],
)
def test_an_opening_names_port_and_purpose(opening: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HostFirewallSettings.model_validate({"openings": [opening]})


@pytest.mark.parametrize("name", ["", "a b", "docker0;", "*", 'x"'])
def test_an_interface_is_a_name_or_its_beginning(name: str) -> None:
    with pytest.raises(ValidationError):
        HostFirewallSettings(container_interfaces=(name,))

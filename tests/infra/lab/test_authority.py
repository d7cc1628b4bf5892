"""How long the lab's certificates are good for."""

from infra.lab import authority

NAMES = ("registry.lab",)


def test_an_authority_lasts_ten_years_and_a_server_one() -> None:
    signer = authority.new_authority()
    server = authority.new_server(NAMES, authority=signer)
    assert signer.lasts(days=3600)
    assert server.lasts(days=330)
    assert not server.lasts(days=370)


def test_a_server_is_not_signed_by_another_authority_of_the_same_name() -> None:
    server = authority.new_server(NAMES, authority=authority.new_authority())
    assert not authority.is_signed_for(server, NAMES, authority=authority.new_authority())

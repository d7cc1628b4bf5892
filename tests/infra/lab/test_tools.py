from infra.lab.tools import PACKAGES, missing


def test_only_what_is_not_installed_is_missing() -> None:
    assert missing(frozenset(PACKAGES) - {"mmdebstrap", "gpg"}) == ("gpg", "mmdebstrap")
    assert missing(frozenset(PACKAGES)) == ()

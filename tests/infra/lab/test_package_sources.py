import pytest

from infra.lab.package_sources import (
    KEYRING,
    MIRROR_VARIABLE,
    knows,
    lines_from,
    recorded_lines,
    source_lines,
)

LISTING = """\
'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_InRelease 0 
'http://mirror.test/debian/dists/bookworm-updates/InRelease' mirror.test_updates_InRelease 0 
'http://mirror.test/security/dists/bookworm-security/InRelease' mirror.test_security_InRelease 0 
'http://mirror.test/debian/dists/bookworm-backports/InRelease' mirror.test_backports_InRelease 0 
'http://other.test/node/dists/nodistro/InRelease' other.test_InRelease 0 
'http://mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.test_Packages 0 
"""
KEYS = """\
pub:-:4096:1:B7C5D7D6350947F8:1674152461:1926589461::-:::scSC::::::23::0:
fpr:::::::::05AB90340C0C5E797F44A8C8254CF3B5AEC0A8F0:
uid:-::::1674152461::45DE::Debian Archive Automatic Signing Key (12/bookworm) <ftpmaster@a.test>:
"""


def test_another_suites_lines_come_from_the_machines_mirrors() -> None:
    lines = [line.partition("] ")[2] for line in lines_from(LISTING, suite="trixie")]
    assert lines == [
        "http://mirror.test/debian trixie main",
        "http://mirror.test/debian trixie-updates main",
        "http://mirror.test/security trixie-security main",
    ]


def test_a_machine_without_debian_has_no_lines() -> None:
    ubuntu = "'http://mirror.test/ubuntu/dists/noble/InRelease' mirror.test_InRelease 0 \n"
    assert lines_from(ubuntu, suite="trixie") == ()


def test_what_a_base_was_built_from_is_read_without_gaps_and_comments() -> None:
    text = "# made by hand\ndeb http://a.test trixie main\n\ndeb http://b.test trixie main\n"
    assert recorded_lines(text) == (
        "deb http://a.test trixie main",
        "deb http://b.test trixie main",
    )


def test_a_named_mirror_goes_before_the_machines_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR_VARIABLE, "http://mine.test/debian")
    assert source_lines("trixie") == (
        f"deb [signed-by={KEYRING}] http://mine.test/debian trixie main",
    )


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_release_is_known_by_its_own_keys_or_those_of_the_one_before(suite: str) -> None:
    assert knows(KEYS, suite=suite)


@pytest.mark.parametrize("listing", ["", KEYS.replace("12/bookworm", "11/bullseye")])
def test_a_keyring_that_is_too_old_or_absent_knows_no_trixie(listing: str) -> None:
    assert not knows(listing, suite="trixie")

from infra.lab.closure import files_in, lines_from

LISTING = """\
'http://mirror.test/debian/dists/bookworm/InRelease' mirror.test_InRelease 0 
'http://mirror.test/debian/dists/bookworm-updates/InRelease' mirror.test_updates_InRelease 0 
'http://mirror.test/security/dists/bookworm-security/InRelease' mirror.test_security_InRelease 0 
'http://mirror.test/debian/dists/bookworm-backports/InRelease' mirror.test_backports_InRelease 0 
'http://other.test/node/dists/nodistro/InRelease' other.test_InRelease 0 
'http://mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.test_Packages 0 
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


def test_files_to_download_are_read_from_apts_listing() -> None:
    listing = (
        "Reading package lists...\n"
        "'http://mirror.test/pool/t/tini_0.19.0-1_amd64.deb' tini_0.19.0-1_amd64.deb 255 SHA256:1\n"
        "'http://mirror.test/pool/i/iproute2_6_amd64.deb' iproute2_1%3a6_amd64.deb 9 SHA256:2\n"
    )
    assert files_in(listing) == ["tini_0.19.0-1_amd64.deb", "iproute2_1%3a6_amd64.deb"]

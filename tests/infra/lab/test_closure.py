from infra.lab.closure import PACKAGES, files_in


def test_files_to_download_are_read_from_apts_listing() -> None:
    listing = (
        "Reading package lists...\n"
        "'http://mirror.test/pool/t/tini_0.19.0-1_amd64.deb' tini_0.19.0-1_amd64.deb 255 SHA256:1\n"
        "'http://mirror.test/pool/i/iproute2_6_amd64.deb' iproute2_1%3a6_amd64.deb 9 SHA256:2\n"
    )
    assert files_in(listing) == ["tini_0.19.0-1_amd64.deb", "iproute2_1%3a6_amd64.deb"]


def test_every_suite_brings_the_time_service_that_hosts_lack() -> None:
    for groups in PACKAGES.values():
        assert "systemd-timesyncd" in [name for group in groups for name in group]

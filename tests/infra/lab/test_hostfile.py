from pathlib import Path

from infra.lab.hostfile import HostFile, link, write


def test_a_link_in_the_way_is_replaced_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    (tmp_path / "root" / "etc").mkdir(parents=True)
    (tmp_path / "root" / "etc" / "resolv.conf").symlink_to(outside)
    write(tmp_path / "root", {"etc/resolv.conf": HostFile("theirs")})
    assert outside.read_text() == "mine"
    assert (tmp_path / "root" / "etc" / "resolv.conf").read_text() == "theirs"


def test_modes_are_as_given(tmp_path: Path) -> None:
    write(tmp_path, {"a/key": HostFile("x", mode=0o600), "a/run": HostFile("y", mode=0o755)})
    assert (tmp_path / "a/key").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "a/run").stat().st_mode & 0o777 == 0o755


def test_links_are_made_again_without_complaint(tmp_path: Path) -> None:
    for _ in range(2):
        link(tmp_path, {"wants/unit": "../unit"})
    assert (tmp_path / "wants/unit").readlink() == Path("../unit")

import subprocess
from pathlib import Path

from roles.base_system.packages import sources
from roles.base_system.packages.sources import SourceFile, Target

KEY = "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg"
DEB822 = f"Types: deb\nURIs: http://mirror.example/debian\nSuites: bookworm\n{KEY}"
VENDOR = "deb [signed-by=/etc/apt/keyrings/docker.asc] https://docker.example/linux noble stable"
FOLDER = "/etc/apt/sources.list.d"


def distribution(path: str, text: str) -> bool:
    return SourceFile(path, text).is_distribution


def test_the_distributions_files_are_known_by_name() -> None:
    assert distribution("/etc/apt/sources.list", "deb http://mirror.example/debian sid main")
    assert distribution(f"{FOLDER}/ubuntu.sources", "Types: deb\nURIs: http://m.example/ubuntu\n")


def test_they_are_known_by_the_archives_key_as_well() -> None:
    assert distribution(f"{FOLDER}/corporate.sources", DEB822)
    one_line = (
        "deb [signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg] http://m.example/ u m"
    )
    assert distribution(f"{FOLDER}/more.list", one_line)


def test_vendors_files_and_ours_are_left() -> None:
    assert not distribution(f"{FOLDER}/docker.list", VENDOR)
    assert not distribution(f"{FOLDER}/infra-gpu-driver.sources", DEB822)


def test_files_that_apt_does_not_use_are_left() -> None:
    assert not distribution("/etc/apt/sources.list", "# Ubuntu sources have moved\n# deb x y z")
    assert not distribution(f"{FOLDER}/debian.sources", f"Enabled: no\n{DEB822}")
    assert not distribution(f"{FOLDER}/debian.sources.disabled-by-infra", DEB822)
    assert not distribution(f"{FOLDER}/debian.sources.bak", DEB822)


def test_one_active_stanza_is_enough() -> None:
    text = f"Enabled: no\n{DEB822}\n\n{DEB822}"
    assert distribution(f"{FOLDER}/debian.sources", text)


def test_files_are_read_with_their_empty_lines() -> None:
    answer = [f"file {FOLDER}/a.sources", " Types: deb", " ", " URIs: x", "file /etc/apt/b.list"]
    assert sources.parse(answer) == (
        SourceFile(f"{FOLDER}/a.sources", "Types: deb\n\nURIs: x"),
        SourceFile("/etc/apt/b.list", ""),
    )
    assert sources.parse(["noise"]) == ()


def test_only_the_distributions_files_are_set_aside() -> None:
    files = (
        SourceFile(f"{FOLDER}/debian.sources", DEB822),
        SourceFile(f"{FOLDER}/docker.list", VENDOR),
    )
    path = f"{FOLDER}/debian.sources"
    assert sources.set_aside_steps(files) == [f"mv -f {path} {path}.disabled-by-infra"]


def test_the_hosts_own_files_come_back() -> None:
    aside = SourceFile("/etc/apt/sources.list.disabled-by-infra", "deb x y z")
    ours = SourceFile(sources.PATH, DEB822)
    assert sources.restore_steps((aside, ours)) == [
        "mv -f /etc/apt/sources.list.disabled-by-infra /etc/apt/sources.list",
        f"rm -f {sources.PATH} /var/lib/infra/apt/infra-distribution",
    ]


def test_a_file_that_came_anew_is_not_overwritten() -> None:
    aside = SourceFile("/etc/apt/sources.list.disabled-by-infra", "old")
    anew = SourceFile("/etc/apt/sources.list", "deb x y z")
    assert sources.restore_steps((anew, aside)) == []


def test_a_host_that_never_had_a_mirror_is_left() -> None:
    assert sources.restore_steps((SourceFile(f"{FOLDER}/debian.sources", DEB822),)) == []


def test_package_lists_are_read_with_their_origin() -> None:
    lines = [
        f"{FOLDER}/debian.sources:2 http://mirror.example/debian-security/ Debian",
        f"{FOLDER}/back.list:1 http://mirror.example/debian/ Debian Backports",
        "W: Target Packages is configured multiple times",
    ]
    assert sources.parse_targets(lines) == (
        Target("debian.sources", "http://mirror.example/debian-security/", "Debian"),
        Target("back.list", "http://mirror.example/debian/", "Debian Backports"),
    )


def test_whatever_calls_itself_the_distribution_is_a_stray() -> None:
    targets = (
        Target("back.list", "http://mirror.example/debian/", "Debian Backports"),
        Target("back.list", "http://mirror.example/debian/", "Debian Backports"),
        Target("infra-distribution.sources", "http://mirror.lab/apt/", "Debian"),
        Target("docker.list", "https://docker.example/linux/", "Docker"),
    )
    assert sources.strays(targets, files=()) == ["http://mirror.example/debian/ (back.list)"]


def test_a_source_that_was_never_fetched_is_a_stray_too() -> None:
    files = (SourceFile("/etc/apt/sources.list", "deb http://mirror.example/debian sid main"),)
    assert sources.strays((), files=files) == ["/etc/apt/sources.list"]


def test_passwords_in_addresses_are_not_printed(tmp_path: Path) -> None:
    (tmp_path / "sources.list").write_text("deb https://me:s3cret@mirror.example/debian sid main\n")
    command = sources.COMMAND.replace("/etc/apt", str(tmp_path))
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    [file] = sources.parse(said.stdout.splitlines())
    assert file.text == "deb https://mirror.example/debian sid main"
    shown = sources.TARGETS_COMMAND.partition("|")[2]
    line = "/etc/apt/a.sources:1 https://me:s3cret@mirror.example/debian Debian\n"
    said = subprocess.run(["sh", "-c", shown], input=line, capture_output=True, text=True)
    assert sources.parse_targets([said.stdout])[0].uri == "https://mirror.example/debian"

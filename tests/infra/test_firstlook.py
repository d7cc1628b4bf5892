"""A first look at a host believes plain values only."""

import subprocess

import pytest

from infra import firstlook

SEEN = """ID=ubuntu
VERSION_ID="24.04"
VERSION_CODENAME=noble
ARCH=x86_64
HOST=tower
ADDRESS=192.0.2.4
CPUS=16
MEMORY_KIB=65000000
DISK_KIB=900000000
GPU=0000:41:00.0 0x2204
GPU=0000:42:00.0 0x2204
CARD=NVIDIA GeForce RTX 3090
CARD=NVIDIA GeForce RTX 3090
DRIVER=580.95.05
LISTS=yes
DOCKER=28.2.2-0ubuntu1~24.04.1
SERIES=580.126.09-0ubuntu0.24.04.1
SUDO=no
USER=ops""".splitlines()


def test_what_was_seen_is_told() -> None:
    look = firstlook.parse(SEEN)
    assert look.gpus == ("0000:41:00.0", "0000:42:00.0")
    assert look.cards == ("NVIDIA GeForce RTX 3090",) * 2
    assert (look.memory_gib, look.disk_gib, look.driver) == (61, 858, "580.95.05")
    assert (look.docker, look.series) == ("28.2.2-0ubuntu1~24.04.1", "580.126.09")
    assert (look.address, look.has_lists) == ("192.0.2.4", True)
    assert "  sudo asks for a password: give it as _sudo_password by reference" in look.summary()


def test_an_unsupported_system_is_told_at_once() -> None:
    lines = ["ID=arch" if line.startswith("ID=") else line for line in SEEN]
    assert any("is not supported" in line for line in firstlook.parse(lines).summary())


HOSTILE = (
    '"); __import__("os").system("id") #',
    '"""',
    "a\\",
    "{{ 7 * 7 }}",
    "\x1b[2J",
    "é",
    "a\tb",
)


@pytest.mark.parametrize("evil", HOSTILE)
@pytest.mark.parametrize("key", sorted({line.partition("=")[0] for line in SEEN}))
def test_what_is_not_plain_is_left_out(key: str, evil: str) -> None:
    lines = [line for line in SEEN if not line.startswith(f"{key}=")]
    look = firstlook.parse([*lines, f"{key}={evil}"])
    assert evil not in repr(look)
    assert look.hostname
    assert not any(evil in line for line in look.summary())


@pytest.mark.parametrize("line", ["CPUS=", "CPUS=-1", "MEMORY_KIB=x", "DISK_KIB=²", "GPU=", "GPU"])
def test_an_answer_without_a_value_is_no_error(line: str) -> None:
    assert firstlook.parse([line]).hostname == "box"


def test_no_package_offered_is_no_version() -> None:
    assert firstlook.parse(["DOCKER=(none)"]).docker == ""


def test_the_look_itself_runs_on_any_host() -> None:
    done = subprocess.run(["sh", "-c", firstlook.COMMAND], capture_output=True, text=True)
    look = firstlook.parse(done.stdout.splitlines())
    assert look.os.arch
    assert look.cpus > 0
    assert look.hostname
    assert (done.stderr, done.stdout.isascii()) == ("", True)


@pytest.mark.parametrize(
    "target", ["host", "@host", "user@", "user@host:ssh", "user@host:²", "user@ho\nst", ""]
)
def test_a_target_without_user_or_host_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="give it as user@host"):
        firstlook.target_of(target, key=None)

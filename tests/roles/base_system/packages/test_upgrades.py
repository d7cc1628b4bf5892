import re
import subprocess
from pathlib import Path

import pytest

from infra import templates
from roles.base_system.packages import upgrades

RECORDED = Path(__file__).parents[1] / "recorded" / "apt-config-dump.txt"
DUMP = upgrades.parse_dump(RECORDED.read_text().splitlines())


def spared(name: str) -> bool:
    """As unattended-upgrades judges: an expression that matches at a name's beginning."""
    return any(re.match(expression, name) for expression in upgrades.EXCEPTIONS)


@pytest.mark.parametrize(
    "name",
    [
        "nvidia-driver-580-server-open",
        "libnvidia-compute-580",
        "linux-modules-nvidia-580-server-open-generic",
        "nvidia-container-toolkit",
        "libnvidia-container1",
        "docker.io",
        "docker-ce",
        "containerd.io",
        "runc",
        "linux-image-generic-hwe-24.04",
        "linux-headers-6.8.0-87-generic",
        "linux-generic",
        "linux-aws",
        "cuda-drivers",
        "libcuda1",
    ],
)
def test_what_is_pinned_is_never_upgraded_by_itself(name: str) -> None:
    assert spared(name)


@pytest.mark.parametrize("name", ["openssl", "libssl3", "openssh-server", "linux-libc-dev", "sudo"])
def test_security_updates_of_the_rest_go_on(name: str) -> None:
    assert not spared(name)


def test_a_dump_keeps_lists_and_last_values() -> None:
    assert DUMP["DPkg::Lock::Timeout"] == ("600",)
    lines = ['A::B "1";', 'A::B "2";', 'A::L:: "x";', 'A::L:: "y";', "nonsense"]
    assert upgrades.parse_dump(lines) == {"A::B": ("1", "2"), "A::L::": ("x", "y")}


def test_the_recorded_host_spares_everything_promised() -> None:
    assert upgrades.unguarded(DUMP, promised=upgrades.EXCEPTIONS) == []
    assert upgrades.unguarded(DUMP, promised=("mine",)) == ["mine"]
    assert upgrades.unguarded({}, promised=("mine",)) == ["mine"]


def test_security_origins_are_seen_in_both_spellings() -> None:
    assert upgrades.takes_security_updates(DUMP)
    ubuntu = {
        "Unattended-Upgrade::Allowed-Origins::": ("${distro_id}:${distro_codename}-security",)
    }
    assert upgrades.takes_security_updates(ubuntu)
    assert not upgrades.takes_security_updates({})


@pytest.mark.parametrize("on", [0, 1])
def test_the_file_says_on_or_off_and_spares_either_way(on: int) -> None:
    text = templates.render(
        "base_system/unattended-upgrades.j2", on=on, exceptions=upgrades.EXCEPTIONS
    )
    assert f'APT::Periodic::Unattended-Upgrade "{on}";' in text
    assert '"nvidia-";' in text
    assert 'Automatic-Reboot "false";' in text


def test_proxies_are_not_printed_and_all_that_is_judged_is() -> None:
    said = [
        *RECORDED.read_text().splitlines(),
        'Acquire::http::Proxy "http://me:s3cret@proxy.example:3128";',
    ]
    kept = subprocess.run(
        ["sh", "-c", upgrades.DUMP_COMMAND.partition("|")[2]],
        input="\n".join(said), capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    assert not any("s3cret" in line for line in kept)
    found = upgrades.parse_dump(kept)
    assert {key: DUMP[key] for key in found} == found
    assert {"DPkg::Lock::Timeout", "Acquire::Retries"} <= set(found)
    assert upgrades.takes_security_updates(found) == upgrades.takes_security_updates(DUMP)
    assert upgrades.unguarded(found, promised=("x",)) == ["x"]

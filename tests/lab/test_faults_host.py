"""Faults of the host itself: each is told in one sentence or mended by the next deploy."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import faulty_host as faulty
import pytest
from _pytest.mark import ParameterSet
from faults import SITE, begin, converges, deploy, tells, until
from labhosts import Ended

from infra.lab import host

NODE = SITE.node
BASE = ("--role", "base_system")
FORGET_LISTS = "rm -f /var/lib/infra/apt/infra-distribution"
UNPACKED = (
    "cd /tmp && apt-get -q download tini >/dev/null 2>&1 && "
    "dpkg --unpack --force-depends tini_*.deb >/dev/null 2>&1; rm -f tini_*.deb"
)
POSTINST = "/var/lib/dpkg/info/tini.postinst"
Fault = Callable[[], AbstractContextManager[None]]


@pytest.fixture(autouse=True)
def site(deployed: Ended) -> Iterator[None]:
    yield


@pytest.mark.parametrize("days", [730, pytest.param(-730, marks=pytest.mark.slow)])
def test_a_clock_two_years_off(tmp_path: Path, days: int) -> None:
    SITE.root(FORGET_LISTS)
    with faulty.days_off(NODE, days):
        done = deploy(SITE, folder=tmp_path)
    side = "ahead of" if days > 0 else "behind"
    words = (f"730 days {side} this machine's", "base_system.ntp", "then deploy again")
    tells(done, *words, site=SITE, within=20)
    converges(SITE, folder=tmp_path)


def slow(*given: object) -> ParameterSet:
    """Parameters of a test that takes long."""
    return pytest.param(*given, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (lambda: faulty.mounted(NODE, "/var/lib/apt/lists", kib=16), "no space left"),
        slow(lambda: faulty.filled(NODE, "/tmp"), "no space left"),
        slow(lambda: faulty.filled(NODE, "/var/lib/infra"), "no space left"),
        slow(lambda: faulty.mounted(NODE, "/var/lib/infra", kib=16, options="ro"), "read-only"),
    ],
    ids=["lists", "tmp", "infra's own", "read-only"],
)
def test_a_disk_without_room(tmp_path: Path, fault: Fault, words: str) -> None:
    SITE.root(FORGET_LISTS)
    with fault():
        done = deploy(SITE, *BASE, folder=tmp_path)
    tells(done, words, "then deploy again", site=SITE, within=30)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("lock", ["/var/lib/dpkg/lock-frontend", "/var/lib/apt/lists/lock"])
def test_a_lock_that_somebody_holds_for_long(tmp_path: Path, lock: str) -> None:
    hasty = SITE.promised("base_system", folder=tmp_path, apt_lock_seconds=3)
    with faulty.held(NODE, lock):
        done = deploy(hasty, *BASE, folder=tmp_path)
    tells(done, "python3 (process", f"holds {lock}", "let it end", site=SITE, within=30)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_a_package_that_was_only_unpacked_is_configured(tmp_path: Path) -> None:
    SITE.root(UNPACKED)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_a_package_that_was_unpacked_in_part_is_installed_anew(tmp_path: Path) -> None:
    half = "s/^Status: install ok installed/Status: install reinstreq half-installed/"
    SITE.root(f"sed -i '/^Package: tini$/,/^$/ {half}' /var/lib/dpkg/status")
    converges(SITE, folder=tmp_path)
    assert SITE.root("dpkg-query -W -f '${db:Status-Status}' tini") == "installed"


@pytest.mark.slow
def test_a_package_whose_script_fails_is_named(tmp_path: Path) -> None:
    broken = f"printf '#!/bin/sh\\nexit 1\\n' >{POSTINST}; chmod 755 {POSTINST}"
    SITE.root(f"{UNPACKED}; {broken}")
    try:
        done = deploy(SITE, *BASE, folder=tmp_path)
        tells(done, "tini", "dpkg", "then deploy again", site=SITE, within=30)
    finally:
        SITE.root(f"rm -f {POSTINST}")
    converges(SITE, folder=tmp_path)


def unpacking() -> bool:
    return (host.folder(NODE) / "root/usr/sbin/dockerd.dpkg-new").exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["power", "reboot"])
def test_a_boot_in_the_middle_of_an_installation(tmp_path: Path, how: str) -> None:
    SITE.root(
        "systemctl stop infra-engine; apt-get -q -y --allow-change-held-packages remove docker.io"
    )
    running = begin(SITE, folder=tmp_path)
    until(unpacking)
    if how == "power":
        faulty.power_off(NODE)
    else:
        SITE.root("systemctl start --no-block reboot.target")  # dpkg inhibits a polite one
    done = running.ended()
    tells(done, "connection", site=SITE, within=60)
    converges(SITE, folder=tmp_path)


@pytest.mark.parametrize(
    ("role", "settings", "words"),
    [
        ("gpu_driver", {"version": "lock:nothing.of.that.name"}, "nothing.of.that.name"),
        ("inference_engine", {"secret_environment": {"TOKEN": "file:/nowhere"}}, "/nowhere"),
    ],
)
def test_what_is_missing_on_this_side_is_told_before_a_host_is_touched(
    tmp_path: Path, role: str, settings: dict[str, object], words: str
) -> None:
    done = deploy(SITE.promised(role, folder=tmp_path, **settings), folder=tmp_path)
    assert done.code == 2
    assert words in done.out
    assert done.seconds < 20

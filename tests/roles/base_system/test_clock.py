import pytest

from roles.base_system import clock
from roles.base_system.clock import Clock

# gpu-2, a systemd-nspawn container
CONTAINER = [
    "now 1795236294.208785879",
    "zone /usr/share/zoneinfo/UTC",
    "container systemd-nspawn",
    "keepers inactive inactive inactive inactive inactive inactive ",
    "timesyncd inactive",
    "synchronised no",
]


def read(**changes: str) -> Clock:
    words = dict(line.split(" ", 1) for line in CONTAINER)
    return clock.parse([f"{word} {rest}" for word, rest in {**words, **changes}.items()])


METAL = {"container": "none"}
CHRONY = "active inactive inactive inactive inactive inactive"


def test_a_containers_clock_is_read() -> None:
    assert clock.parse(CONTAINER) == Clock(
        now=1795236294.208785879,
        zone="UTC",
        container=True,
        keeper=None,
        timesyncd=False,
        synchronised=False,
    )


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("/usr/share/zoneinfo/Etc/UTC", "UTC"),
        ("../usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("a copy", "a copy"),
    ],
)
def test_a_zone_is_read_from_its_link(said: str, zone: str) -> None:
    assert read(zone=said).zone == zone


def test_chrony_stays_in_charge() -> None:
    found = read(container="none", keepers=CHRONY)
    assert found.keeper == "chrony"
    assert not found.wants_timesyncd


def test_timesyncd_keeps_the_clock_of_a_host_that_has_nothing() -> None:
    assert read(container="none").wants_timesyncd
    assert not read().wants_timesyncd


def test_a_clock_minutes_away_is_a_fault_even_in_a_container() -> None:
    found = read()
    assert clock.fault(found, ours=found.now + 59, ntp=True) is None
    assert "61 s" in (clock.fault(found, ours=found.now + 61, ntp=False) or "")
    assert "61 s" in (clock.fault(found, ours=found.now - 61, ntp=False) or "")


def test_a_clock_that_nothing_keeps_is_a_fault_where_ntp_is_promised() -> None:
    found = read(container="none")
    assert "nothing keeps" in (clock.fault(found, ours=found.now, ntp=True) or "")
    assert clock.fault(found, ours=found.now, ntp=False) is None


def test_a_kept_clock_is_proven_by_the_kernel() -> None:
    found = read(container="none", timesyncd="active", synchronised="yes")
    assert clock.fault(found, ours=found.now, ntp=True) is None
    assert clock.doubt(found, ntp=True) is None


def test_what_has_not_synchronised_is_in_doubt() -> None:
    assert "container" in (clock.doubt(read(), ntp=True) or "")
    waiting = read(container="none", timesyncd="active")
    assert "systemd-timesyncd runs" in (clock.doubt(waiting, ntp=True) or "")
    silent = read(container="none", keepers=CHRONY, synchronised="")
    assert silent.synchronised is None
    assert "chrony runs" in (clock.doubt(silent, ntp=True) or "")


def test_without_ntp_there_is_nothing_to_doubt() -> None:
    assert clock.doubt(read(), ntp=False) is None


def test_a_zone_is_quoted() -> None:
    assert "'/usr/share/zoneinfo/a b'" in clock.zone_command("a b")

"""Maintenance windows by the clocks of their zones."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.windows import Window, is_open, next_opening, parse

UTC = timezone.utc
BERLIN = "Sat,Sun 02:00-06:00 Europe/Berlin"
MINUTE = timedelta(minutes=1)

days = st.sampled_from(["", "Mon ", "Sat,Sun ", "Mon-Fri ", "Fri-Mon ", "Wed,Fri-Sat "])
clock = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda at: f"{at[0]:02}:{at[1]:02}")
zones = st.sampled_from(
    ["", " UTC", " Europe/Berlin", " America/New_York", " Asia/Kolkata", " Australia/Lord_Howe"]
)
texts = st.builds(
    lambda day, begin, end, zone: f"{day}{begin}-{end if end != begin else '24:00'}{zone}",
    days,
    clock,
    clock,
    zones,
)
moments = st.datetimes(
    datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC), allow_imaginary=False
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "open_at", "shut_at"),
    [
        (BERLIN, "2026-11-21T01:00", "2026-11-21T00:59"),
        (BERLIN, "2026-11-21T04:59", "2026-11-21T05:00"),
        (BERLIN, "2026-07-04T00:00", "2026-07-04T04:00"),
        (BERLIN, "2026-11-22T03:00", "2026-11-23T03:00"),
        ("02:00-06:00", "2026-11-24T02:00", "2026-11-24T06:00"),
        ("Fri 22:00-04:00", "2026-11-21T03:59", "2026-11-20T03:59"),
        ("Fri 22:00-04:00", "2026-11-20T22:00", "2026-11-21T22:00"),
        ("Sun 12:00-24:00", "2026-11-22T23:59", "2026-11-23T00:00"),
        ("fri-mon 10:00-11:00", "2026-11-23T10:30", "2026-11-24T10:30"),
        ("Sat 20:00-02:00 America/New_York", "2026-11-22T06:59", "2026-11-22T00:59"),
    ],
)
def test_a_window_is_open_by_its_own_clock(text: str, open_at: str, shut_at: str) -> None:
    window = parse(text)
    assert is_open([window], at=utc(open_at))
    assert not is_open([window], at=utc(shut_at))


def test_the_night_in_which_the_clocks_go_forward_has_no_hour_from_two_to_three() -> None:
    window = parse("Sun 01:30-03:30 Europe/Berlin")
    assert is_open([window], at=utc("2026-03-29T00:30"))
    assert is_open([window], at=utc("2026-03-29T01:29"))
    assert not is_open([window], at=utc("2026-03-29T01:30"))


def test_a_window_in_the_missing_hour_opens_right_after_it() -> None:
    window = parse("Sun 02:15-02:45 Europe/Berlin")
    assert is_open([window], at=utc("2026-03-29T01:15"))
    assert not is_open([window], at=utc("2026-03-29T01:45"))


def test_a_repeated_hour_counts_once() -> None:
    window = parse("Sun 02:15-02:45 Europe/Berlin")
    assert is_open([window], at=utc("2026-10-25T00:15"))
    assert not is_open([window], at=utc("2026-10-25T01:30"))


def test_a_window_across_the_repeated_hour_stays_open() -> None:
    window = parse("Sun 02:00-06:00 Europe/Berlin")
    assert is_open([window], at=utc("2026-10-25T00:00"))
    assert is_open([window], at=utc("2026-10-25T04:59"))
    assert not is_open([window], at=utc("2026-10-25T05:00"))


def test_the_next_opening_is_told_in_the_windows_zone() -> None:
    found = next_opening([parse(BERLIN)], at=utc("2026-11-23T12:00"))
    assert found is not None
    assert found.isoformat() == "2026-11-28T02:00:00+01:00"


def test_the_nearest_of_several_windows_opens_next() -> None:
    windows = [parse("Wed 02:00-03:00"), parse("Tue 01:00-02:00 Asia/Kolkata")]
    assert next_opening(windows, at=utc("2026-11-23T12:00")) == utc("2026-11-23T19:30")


def test_without_windows_it_is_always_open() -> None:
    now = utc("2026-11-23T12:00")
    assert is_open([], at=now)
    assert next_opening([], at=now) == now


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekends", "is no maintenance window; write it like Sat,Sun 02:00-06:00 Europe/Berlin"),
        ("Sat 2:00-6:00", "is no maintenance window"),
        ("", "is no maintenance window"),
        ("Sat 02:00-06:00 Europe/Berlin please", "is no maintenance window"),
        ("Sam 02:00-06:00", '"Sam" is no day; days are Mon, Tue'),
        ("Sat, 02:00-06:00", '"" is no day'),
        ("Mon-Wed-Fri 02:00-06:00", '"Wed-Fri" is no day'),
        ("02:00-25:00", "25:00 is no time of day"),
        ("24:00-06:00", "24:00 is no time of day"),
        ("02:00-02:00", "for a whole day write 00:00-24:00"),
        ("02:00-06:00 Europe/Berlln", '"Europe/Berlln" is no time zone'),
        ("02:00-06:00 ../../etc/passwd", "is no time zone"),
        ("02:00-06:00 Europe", "is no time zone"),
    ],
)
def test_what_is_no_window_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError) as wrong:
        parse(text)
    assert said in str(wrong.value)


@given(text=texts, at=moments)
def test_the_next_opening_is_open_and_no_moment_before_it(text: str, at: datetime) -> None:
    windows = [parse(text)]
    opening = next_opening(windows, at=at)
    assert opening is not None
    assert opening >= at
    assert is_open(windows, at=opening)
    if not is_open(windows, at=at):
        assert not is_open(windows, at=opening.astimezone(UTC) - timedelta(seconds=1))
        assert not is_open(windows, at=at + (opening - at) / 2)


@given(text=texts, at=moments)
def test_a_window_is_open_on_its_days_alone(text: str, at: datetime) -> None:
    window = parse(text)
    if is_open([window], at=at):
        local = at.astimezone(window.zone)
        began = {local.weekday(), (local - timedelta(days=1)).weekday()}
        assert began & window.days


@given(text=texts, day=st.dates(datetime(2026, 1, 1).date(), datetime(2027, 12, 31).date()))
def test_it_opens_at_its_first_moment_and_shuts_at_its_last(text: str, day: object) -> None:
    window: Window = parse(text)
    span = window.on(day)  # type: ignore[arg-type]
    if span is None:
        return
    opens, closes = (moment.astimezone(UTC) for moment in span)
    if opens < closes and window.days != frozenset(range(7)):
        assert is_open([window], at=opens)
        assert is_open([window], at=closes - timedelta(microseconds=1))


@given(texts=st.lists(texts, min_size=1, max_size=3), at=moments)
def test_several_windows_are_open_when_any_is(texts: list[str], at: datetime) -> None:
    windows = [parse(text) for text in texts]
    assert is_open(windows, at=at) == any(is_open([window], at=at) for window in windows)

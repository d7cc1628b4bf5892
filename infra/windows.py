"""Maintenance windows: when nodes that serve may be disrupted."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

EXAMPLE = "Sat,Sun 02:00-06:00 Europe/Berlin"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_WORDS = re.compile(r"(?:([A-Za-z][A-Za-z,-]*)\s+)?(\d\d:\d\d)-(\d\d:\d\d)(?:\s+(\S+))?")
_MIDNIGHT = "24:00"
_AHEAD = 15
"""Days that are looked at for an opening: a change of the clocks may swallow one week's."""


@dataclass(frozen=True)
class Window:
    """A time of day on some days of the week, in one time zone."""

    days: frozenset[int]
    """Days on which it begins; Monday is 0."""
    begin: time
    end: time
    """On the next day when it is not after `begin`."""
    zone: tzinfo

    def on(self, day: date) -> tuple[datetime, datetime] | None:
        """When it opens and closes if it begins on that day; None when it does not.

        An hour that the clocks repeat counts from, and until, the first time it strikes.
        """
        if day.weekday() not in self.days:
            return None
        last = day if self.end > self.begin else day + timedelta(days=1)
        opens = datetime.combine(day, self.begin, self.zone)
        closes = datetime.combine(last, self.end, self.zone)
        return opens, closes


def parse(text: str) -> Window:
    """The window of `Sat,Sun 02:00-06:00 Europe/Berlin`; ValueError says what is wrong.

    Without days it opens every day, without a zone the times are UTC; one that crosses midnight
    belongs to the day on which it begins.
    """
    words = _WORDS.fullmatch(text.strip())
    if words is None:
        raise ValueError(f'"{text}" is no maintenance window; write it like {EXAMPLE}')
    days, begin, end, zone = words.groups()
    window = Window(
        days=_days(days, text=text),
        begin=_time(begin, text=text),
        end=time() if end == _MIDNIGHT else _time(end, text=text),
        zone=_zone(zone, text=text),
    )
    if window.begin == window.end and end != _MIDNIGHT:
        raise ValueError(f'"{text}" ends when it begins; for a whole day write 00:00-24:00')
    return window


def is_open(windows: Sequence[Window], *, at: datetime) -> bool:
    """Whether any of these windows is open then; without windows it is always open."""
    return not windows or any(_is_open(window, at=at) for window in windows)


def next_opening(windows: Sequence[Window], *, at: datetime) -> datetime | None:
    """From when on a window is open, in its own zone; `at` itself while one is.

    None when none opens within two weeks.
    """
    if is_open(windows, at=at):
        return at
    later = [opens for window in windows for opens, _ in _spans(window, at=at) if opens > at]
    return min(later, key=_instant, default=None)


def _is_open(window: Window, *, at: datetime) -> bool:
    now = _instant(at)
    return any(_instant(opens) <= now < _instant(closes) for opens, closes in _spans(window, at=at))


def _spans(window: Window, *, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Every time it is open for some while from yesterday on."""
    today = at.astimezone(window.zone).date()
    for ahead in range(-1, _AHEAD):
        span = window.on(today + timedelta(days=ahead))
        if span is not None and _instant(span[0]) < _instant(span[1]):
            yield span


def _instant(moment: datetime) -> datetime:
    """Times of one zone are compared by the clock on the wall unless they are in UTC."""
    return moment.astimezone(timezone.utc)


def _days(said: str | None, *, text: str) -> frozenset[int]:
    if said is None:
        return frozenset(range(7))
    return frozenset(day for part in said.split(",") for day in _range(part, text=text))


def _range(said: str, *, text: str) -> list[int]:
    ends = [_day(name, text=text) for name in said.split("-", 1)]
    length = (ends[-1] - ends[0]) % 7
    return [(ends[0] + ahead) % 7 for ahead in range(length + 1)]


def _day(name: str, *, text: str) -> int:
    if name.title() not in _DAYS:
        raise ValueError(f'"{text}": "{name}" is no day; days are {", ".join(_DAYS)}')
    return _DAYS.index(name.title())


def _time(said: str, *, text: str) -> time:
    try:
        return time.fromisoformat(said)
    except ValueError:
        raise ValueError(f'"{text}": {said} is no time of day; 00:00 to 23:59') from None


def _zone(name: str | None, *, text: str) -> tzinfo:
    if name in (None, "UTC"):
        return timezone.utc
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f'"{text}": "{name}" is no time zone that this machine knows; '
            "give one like Europe/Berlin (they come with tzdata)"
        ) from None

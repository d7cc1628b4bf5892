"""Maintenance windows as a person writes them: `Sat,Sun 02:00-06:00 Europe/Berlin`."""

import re
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator

_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOW = re.compile(rf"(?:{_DAY}(?:,{_DAY})* )?(?P<start>{_TIME})-(?P<end>{_TIME}) (?P<zone>\S+)")
_EXAMPLE = 'write it as "Sat,Sun 02:00-06:00 Europe/Berlin"; without days it is every day'


def window(text: str) -> str:
    """The text of a window; ValueError says what is wrong with it. It may cross midnight."""
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueError(f'"{text}" is no maintenance window; {_EXAMPLE}')
    if found["start"] == found["end"]:
        raise ValueError(f'"{text}" ends when it begins; give two times, or no window at all')
    try:
        ZoneInfo(found["zone"])
    except (KeyError, ValueError, OSError) as problem:
        raise ValueError(
            f'"{text}": the time zone {found["zone"]} is not known here; '
            "write UTC or a name like Europe/Berlin"
        ) from problem
    return text


Window = Annotated[str, AfterValidator(window)]
"""A maintenance window that can be meant."""

"""The journal's limits, as journald's files say and as it runs."""

from collections.abc import Mapping

UNIT = "systemd-journald.service"
PATH = "/etc/systemd/journald.conf.d/60-infra.conf"

COMMAND = "systemd-analyze cat-config systemd/journald.conf"
"""Shell text that prints journald's files, the winning ones last."""


def promised(*, most: str, days: int) -> dict[str, str]:
    """journald's keys for a journal on disk of at most this size and age."""
    return {"Storage": "persistent", "SystemMaxUse": most, "MaxRetentionSec": f"{days}day"}


def parse(lines: list[str]) -> dict[str, str]:
    """Effective values by key, from the answer to `COMMAND`."""
    rows = (line.strip().partition("=") for line in lines if not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, equals, value in rows if equals}


def differing(effective: Mapping[str, str], *, promised: Mapping[str, str]) -> list[str]:
    """Sentences on keys that have other values than promised."""
    return [
        f"{key} is {effective.get(key) or 'not set'}, promised {value}"
        for key, value in promised.items()
        if effective.get(key) != value
    ]

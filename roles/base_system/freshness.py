"""Whether a running unit has read its file as it is."""

import shlex


def command(unit: str, *, path: str) -> str:
    """Shell text that prints `stale` when a running unit last started or reloaded before a file.

    Judged by what runs, so that it holds after a run that was killed between the two.
    """
    named = shlex.quote(unit)
    return (
        "export LC_ALL=C TZ=UTC; "
        f"since=$(systemctl show -p StateChangeTimestamp --timestamp=us+utc --value {named}); "
        f"if systemctl -q is-active {named} && [ -e {shlex.quote(path)} ] && "
        f'[ "$(stat -c %.6Y {shlex.quote(path)} | tr -d .)" '
        '-gt "$(date -d "$since" +%s%6N)" ]; then echo stale; else echo fresh; fi'
    )


def parse(lines: list[str]) -> bool:
    """Whether the unit is stale, from the answer to `command`."""
    return "stale" in lines

"""Requests that clients lost, as nginx's logs tell: an error's status, or an answer cut short.

The access log says 200 of an answer that broke off after its header; the error log alone tells.
"""

import json
import re
from collections.abc import Iterator

from infra.drill.lost import Lost
from roles.load_balancer import configuration, upstream
from roles.load_balancer.settings import LoadBalancerSettings

ERRORS = "/var/log/nginx/error.log"
MARK_COMMAND = (
    f"for f in {configuration.LOG} {ERRORS}; do stat -c '%i %s' $f 2>/dev/null || echo 0 0; done"
)
"""Shell text that prints inode and size of both logs."""
_FLUSH_SECONDS = 1.5
"""The access log may be buffered for a second."""
_LISTED = 1000
_COUNTED = (
    r"""awk 'NR <= LISTED { print; next }
  { match($0, /"pool":"[^"]*"/); pool = substr($0, RSTART, RLENGTH)
    match($0, /"status":[0-9]+/); count[pool "," substr($0, RSTART, RLENGTH)]++ }
  END { for (kind in count)
    printf "{\"ts\":\"\",\"client\":\"\",%s,\"more\":%d}\n", kind, count[kind] }'"""
).replace("LISTED", str(_LISTED))
"""Shell text that passes so many lines on, and counts the others by pool and status."""
_CUT = re.compile(r"^(?P<when>\S+ \S+) .*?: \*\d+ (?P<why>.*?) while reading upstream, .*")
_UPSTREAM = re.compile(r'upstream: "https?://(?P<place>[^/"]+)')

_SINCE = """
since() {
  if [ "$(stat -c %i "$1" 2>/dev/null)" = "$2" ]; then tail -c +$(($3 + 1)) "$1"; return; fi
  if [ "$(stat -c %i "$1.1" 2>/dev/null)" = "$2" ]; then tail -c +$(($3 + 1)) "$1.1"; fi
  cat "$1" 2>/dev/null
}
"""
"""A log that was rotated meanwhile is read to its end first."""


def since_command(mark: str) -> str:
    """Shell text that prints the lines of both logs that tell of losses since a mark."""
    numbers = [int(word) for word in mark.split()]
    access, errors = numbers[:2], numbers[2:4]
    return (
        f"{_SINCE} sleep {_FLUSH_SECONDS}; "
        f"since {configuration.LOG} {access[0]} {access[1]} | grep '\"status\":5' | "
        f"{_COUNTED}; "
        f"since {ERRORS} {errors[0]} {errors[1]} | grep ' while reading upstream, '; true"
    )


def parse(text: str, *, settings: LoadBalancerSettings, node: str) -> tuple[Lost, ...]:
    """The requests lost of every model that a node serves, from the answer to `since_command`."""
    models = {target.model for target in settings.targets if target.node == node}
    concerned = [pool for pool in upstream.pools(settings) if pool.model in models]
    names = {pool.name for pool in concerned}
    nodes = {upstream.place(one): one.node for pool in concerned for one in pool.targets}
    return tuple(_lost(text, names=names, nodes=nodes))


def _lost(text: str, *, names: set[str], nodes: dict[str, str]) -> Iterator[Lost]:
    for line in text.splitlines():
        if line.startswith("{"):
            said = _entry(line)
            if said.get("pool") in names and int(said["status"]) >= 500:
                yield _refused(said)
        elif cut := _CUT.match(line):
            found = _UPSTREAM.search(line)
            if found is not None and found["place"] in nodes:
                yield Lost(cut["when"], f"cut by {nodes[found['place']]}: {cut['why']}")


def _refused(said: dict[str, str]) -> Lost:
    more = int(said["more"])
    if more:
        return Lost("", f"status {said['status']}, more of them", count=more)
    return Lost(said["ts"], f"status {said['status']} to {said['client'] or 'nobody'}")


def _entry(line: str) -> dict[str, str]:
    try:
        said = {"more": 0, **json.loads(line)}
        return {key: str(said[key]) for key in ("ts", "pool", "client", "status", "more")}
    except (ValueError, KeyError, TypeError):  # a line that was cut by a rotation
        return {}

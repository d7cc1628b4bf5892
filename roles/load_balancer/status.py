"""What a status shows of a balancer: how busy it is, and whom it sent the last minutes' requests.

Lines of the log of requests are counted on the host, by the fields that this role writes.
"""

import shlex

from infra.status import Shown, bad, good
from roles.load_balancer import configuration
from roles.load_balancer.settings import LoadBalancerSettings

MINUTES = 5
"""Of which minutes the requests are counted."""
_LOOKED_AT_BYTES = 8_000_000
_COUNT = (
    'function text(name,  at, rest) { at = index($0, "\\"" name "\\":\\""); if (!at) return ""; '
    'rest = substr($0, at + length(name) + 4); return substr(rest, 1, index(rest, "\\"") - 1) } '
    'text("ts") >= since { count[text("upstream")]++ } '
    "END { for (node in count) print count[node], node }"
)


def command(settings: LoadBalancerSettings, *, log: str = configuration.LOG) -> str:
    """Shell text that prints for each node how many requests it got, and the service's state."""
    since = f"$(date -d '-{MINUTES} min' +%Y-%m-%dT%H:%M:%S)"
    return (
        f"echo state $(systemctl is-active nginx.service); "
        f"tail -c {_LOOKED_AT_BYTES} {shlex.quote(log)} 2>/dev/null | "
        f'awk -v since="{since}" {shlex.quote(_COUNT)}'
    )


def shown(answer: str, *, settings: LoadBalancerSettings) -> Shown:
    """The column serves, and the requests by node."""
    rows = [line.split(maxsplit=1) for line in answer.splitlines()]
    counts = {row[1]: int(row[0]) for row in rows if len(row) == 2 and row[0].isdigit()}
    state = next((row[1] for row in rows if len(row) == 2 and row[0] == "state"), "unknown")
    targets = {target.node for target in settings.targets}
    requests = {node: number for node, number in counts.items() if node in targets}
    if state != "active":
        return Shown({"serves": bad(f"nginx {state}")}, requests=requests)
    each = sum(counts.values()) / MINUTES
    rate = f"{each:.0f}" if each >= 10 else f"{each:.1f}"
    return Shown({"serves": good(f"nginx {rate}/min")}, requests=requests)

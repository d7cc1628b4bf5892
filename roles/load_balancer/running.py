"""Whether nginx runs as ours: only then a reload is enough, and a restart would cut answers."""

from roles.load_balancer import configuration, known_good
from roles.load_balancer.settings import LoadBalancerSettings

_REFUSED = 7
"""curl's exit status where nobody listens; a busy nginx lets a question wait, or closes it."""
_ACTIVE = "systemctl is-active --quiet nginx.service"
SERVED_COMMAND = f"{_ACTIVE} && [ -f {known_good.ARCHIVE} ]"
"""Shell text that succeeds when an nginx runs where a configuration of ours once served."""


def ours_command(settings: LoadBalancerSettings) -> str:
    """Shell text that succeeds when nginx runs with a configuration of ours, however busy it is.

    It fails when nginx does not run, or when three times nobody listens on the status port.
    """
    asked = f"curl -s -o /dev/null --noproxy '*' --max-time 5 {configuration.digest_url(settings)}"
    return (
        f"{_ACTIVE} || exit 1; for n in 1 2 3; do {asked}; "
        f"[ $? -eq {_REFUSED} ] || exit 0; [ $n = 3 ] || sleep 0.5; done; exit 1"
    )

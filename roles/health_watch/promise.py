"""What a balancer is promised of its watch: its configuration and its unit."""

import hashlib
import json
import shlex

from infra import templates
from roles.health_watch import program
from roles.health_watch.program.files import STATE
from roles.health_watch.program.promised import config_digest
from roles.health_watch.settings import HealthWatchSettings

UNIT = "infra-health.service"
UNIT_PATH = f"/etc/systemd/system/{UNIT}"
_LIMITS = (
    "silence_seconds",
    "stall_seconds",
    "idle_token_seconds",
    "token_seconds",
    "cut_seconds",
    "longest_wait_seconds",
    "floor",
)


def config_text(settings: HealthWatchSettings) -> str:
    """Text of the watch's configuration; another one as well for another program or unit."""
    made_of = hashlib.sha256(f"{program.text()}{unit_text()}".encode()).hexdigest()[:16]
    said = {
        "made_of": made_of,
        "limits": {name: getattr(settings, name) for name in _LIMITS},
        "members": [member.model_dump(mode="json") for member in settings.members],
    }
    return json.dumps(said, indent=1) + "\n"


def unit_text() -> str:
    """Text of the unit: it comes back whatever ends it, and may do little else than its work."""
    return templates.render("health_watch/infra-health.service.j2", program=program.PATH)


def runs_command(settings: HealthWatchSettings) -> str:
    """Shell text that succeeds when the watch runs with what is promised."""
    told = f'"config": "{config_digest(config_text(settings))}"'
    return f"systemctl is-active --quiet {UNIT} && grep -qsF {shlex.quote(told)} {STATE}"

"""What a status shows of a host's engine: what it serves, and whether it says it is healthy."""

import shlex

from infra.status import Cell, Shown, bad, good, unknown
from roles.inference_engine import running
from roles.inference_engine.container import host_port
from roles.inference_engine.settings import InferenceEngineSettings

_MARK = "--- health "


def command(settings: InferenceEngineSettings) -> str:
    """Shell text that prints what docker knows of the container, and how its /health answers."""
    url = f"http://{host_port(settings.address or '127.0.0.1', settings.port)}/health"
    asked = (
        f"curl -s --noproxy '*' -o /dev/null --max-time 2 -w '%{{http_code}}' {shlex.quote(url)}"
    )
    return f'{running.CONTAINER_COMMAND}; echo; echo "{_MARK}$({asked})"'


def shown(answer: str, *, settings: InferenceEngineSettings) -> Shown:
    """The column serves: engine and model."""
    told, _, health = answer.partition(_MARK)
    try:
        found = running.parse_container(told)
    except ValueError:
        found = None
    if found is None:
        return Shown({"serves": bad("no engine")})
    what = f"{settings.engine} {found.model or settings.model}"
    return Shown({"serves": _cell(what, is_running=found.running, health=health.strip())})


def _cell(what: str, *, is_running: bool, health: str) -> Cell:
    if not is_running:
        return bad(f"{what} stopped")
    if health == "200":
        return good(what)
    return unknown(f"{what} loading") if health == "503" else bad(f"{what} silent")

"""Whether an engine answers: shell text that asks it, and that waits for it."""

import json
import shlex

from roles.inference_engine.container import (
    MODEL_LABEL,
    NAME,
    QUESTION_LABEL,
    Container,
    host_port,
)
from roles.inference_engine.unit import UNIT

_LOST_STARTS = 3
"""So many ends while it starts, and it will not start the next time either."""


def answers(container: Container, *, model: str) -> str:
    """Shell text that succeeds when the engine is healthy and completes one token."""
    body = {"model": model, "prompt": "Hello", "max_tokens": 1}
    health = f"http://{host_port(*container.publish)}{container.health_path}"
    return f"curl -sf --noproxy '*' --max-time 5 {shlex.quote(health)} && " + ask(
        container.question_url, body
    )


def ask(url: str, body: dict[str, object], *, seconds: int = 60) -> str:
    """Shell text that posts JSON, prints the answer, and fails when it is none."""
    return (
        f"curl -sS --fail-with-body --noproxy '*' --max-time {seconds} "
        f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body))} {shlex.quote(url)}"
    )


_LABELS = (
    f'{{{{if .State.Running}}}}{{{{index .Config.Labels "{QUESTION_LABEL}"}}}} '
    f'{{{{index .Config.Labels "{MODEL_LABEL}"}}}}{{{{end}}}}'
)
INSTALLED = f"""(
set -- $(timeout 5 docker container inspect -f '{_LABELS}' {NAME} 2>/dev/null)
[ -n "${{1-}}" ] || set -- "http://$(timeout 5 docker port {NAME} 2>/dev/null |
  sed -n '1s/.* -> //p')/v1/completions"
body='{{"prompt": "Hello", "max_tokens": 1'${{2:+', "model": "'"$2"'"'}}'}}'
curl -sS --fail-with-body --noproxy '*' --connect-timeout 2 --max-time 60 \
  -H 'Content-Type: application/json' -d "$body" "$1"
)"""
"""Shell text that succeeds when the engine that runs completes one token, whatever was promised.

At once when it does not run; one at its limits has 60 s, since a completion waits behind others.
"""


def wait(question: str, *, seconds: int) -> str:
    """Shell text that waits until the question succeeds.

    Fails after `seconds`, or as soon as the engine ended three times, with its last words.
    """
    return f"""now() {{ cut -d. -f1 /proc/uptime; }}
restarts() {{ systemctl show -p NRestarts --value {UNIT} 2>/dev/null || echo 0; }}
end=$(( $(now) + {seconds} )); before=$(restarts)
until ( {question} ) >/dev/null 2>&1; do
  why=
  [ "$(now)" -lt "$end" ] || why='does not answer after {seconds} s'
  [ "$(restarts)" -lt $(( before + {_LOST_STARTS} )) ] || why='ended {_LOST_STARTS} times'
  if [ -n "$why" ]; then
    echo "{UNIT} $why; the last it said:" >&2
    {{ journalctl -q -u {UNIT} -t {NAME} -o cat -n 4
      timeout -k 5 10 docker logs --tail 4 {NAME}; }} 2>&1 | tail -n 4 >&2
    exit 1
  fi
  sleep 0.2
done"""

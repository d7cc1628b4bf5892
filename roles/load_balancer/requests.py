"""Shell text that asks the balancer on its own host, and parsers of what it answers."""

import json
import shlex

from roles.load_balancer import configuration, keys
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.upstream import place

WRONG_KEY = "infra-check-wrong-key"
"""A key that nobody has."""

_CURL = "curl -s --noproxy '*' -o /dev/null -w '%{http_code}\\n'"
_FIRST_KEY = (
    f"sed -n 's/^\"~^(?i:bearer) \\(.*\\)\\$\" [a-z0-9-]*;$/\\1/p' {keys.PATH} "
    "| head -n 1 | tr -d '\\\\'"
)
# printf is the shell's own, so the key is in no argument list
WITH_KEY = f"""printf 'header = "Authorization: Bearer %s"\\n' "$({_FIRST_KEY})" """


def status_without_key(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the status of a request without a key."""
    return f"{_CURL} --max-time 10 {_url(settings, '/models')}"


def status_with_wrong_key(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the status of a request with WRONG_KEY."""
    header = shlex.quote(f"Authorization: Bearer {WRONG_KEY}")
    return f"{_CURL} --max-time 10 -H {header} {_url(settings, '/models')}"


def completion(settings: LoadBalancerSettings) -> str:
    """Shell text that prints a one-token chat completion, asked with the first client's key."""
    model = settings.targets[0].model
    messages = [{"role": "user", "content": "Say hello."}]
    body = {"model": model, "messages": messages, "max_tokens": 1, "temperature": 0}
    return (
        f"{WITH_KEY}| curl -sS --fail-with-body --noproxy '*' --max-time 60 -K - "
        f"-H 'Content-Type: application/json' -H {shlex.quote(f'X-Model: {model}')} "
        f"-d {shlex.quote(json.dumps(body))} {_url(settings, '/chat/completions')}"
    )


def logged(settings: LoadBalancerSettings, *, request_id: str) -> str:
    """Shell text that makes a request of that id and prints its line in the access log."""
    model = settings.targets[0].model
    return (
        f"{WITH_KEY}| {_CURL} --max-time 20 -K - -H {shlex.quote(f'X-Model: {model}')} "
        f"-H {shlex.quote(f'X-Request-Id: {request_id}')} -H 'X-Prompt-Version: infra-check' "
        f"{_url(settings, '/models')} >/dev/null; "
        # the line is written when the client has its answer already
        f"for _ in 1 2 3 4 5; do tail -n 1000 {configuration.LOG} | "
        f"grep -F {shlex.quote(request_id)} && break; sleep 0.1; done"
    )


def health_of_targets(settings: LoadBalancerSettings) -> str:
    """Shell text that prints node and status of each target's /health, side by side asked."""
    asked = [
        f"( echo {shlex.quote(one.node)} $(curl -s --noproxy '*' -o /dev/null --max-time 10 "
        f"-w '%{{http_code}}' http://{place(one)}/health) ) &"
        for one in settings.targets
    ]
    return " ".join([*asked, "wait"])


def _url(settings: LoadBalancerSettings, path: str) -> str:
    listens = settings.address or "127.0.0.1"
    here = _EVERYWHERE.get(listens, listens)
    return shlex.quote(f"{settings.model_copy(update={'reached_at': here}).base_url}{path}")


_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a balancer that listens on every address is asked on its own host."""

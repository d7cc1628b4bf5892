"""Shell text that asks the balancer on its own host, and parsers of what it answers."""

import json
import shlex

from roles.load_balancer import configuration, keys
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate
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
        "-H 'X-Prompt-Version: infra-check' "
        f"-d {shlex.quote(json.dumps(body))} {_url(settings, '/chat/completions')}"
    )


def logged(settings: LoadBalancerSettings, *, request_id: str) -> str:
    """Shell text that makes a request of that id and prints its line in the access log."""
    model = settings.targets[0].model
    found = f"tail -n 1000 {configuration.LOG} | grep -F {shlex.quote(request_id)}"
    return (
        f"{WITH_KEY}| {_CURL} --max-time 20 -K - -H {shlex.quote(f'X-Model: {model}')} "
        f"-H {shlex.quote(f'X-Request-Id: {request_id}')} -H 'X-Prompt-Version: infra-check' "
        f"{_url(settings, '/models')} >/dev/null; "
        # the line is written when the client has its answer already, and waits for others
        f"for _ in $(seq {10 * (configuration.FLUSH_SECONDS + 2)}); do {found} && break; "
        "sleep 0.1; done"
    )


def health_of_targets(settings: LoadBalancerSettings) -> str:
    """Shell text that prints node and status of each target's /health, side by side asked."""
    asked = [
        f"( echo {shlex.quote(one.node)} $(curl -s --noproxy '*' -o /dev/null --max-time 10 "
        f"-w '%{{http_code}}' http://{place(one)}/health) ) &"
        for one in settings.targets
    ]
    return " ".join([*asked, "wait"])


def served_certificate(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the certificate which clients are shown."""
    place = f"{_here(settings)}:{settings.port}"
    name = shlex.quote(settings.reached_at or "")
    return (
        f"timeout 10 openssl s_client -connect {place} -servername {name} "
        "</dev/null 2>/dev/null | openssl x509"
    )


def promised_certificate(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the certificate that nginx is told of."""
    at = certificate.places(settings)
    return "false" if at is None else f"cat {at.certificate}"


def health(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the status of /health, asked as clients do."""
    url = settings.base_url.removesuffix("/v1") + "/health"
    return f"{_CURL} --max-time 10 {_as_client(settings)}{shlex.quote(url)}"


def _url(settings: LoadBalancerSettings, path: str) -> str:
    return f"{_as_client(settings)}{shlex.quote(settings.base_url + path)}"


def _as_client(settings: LoadBalancerSettings) -> str:
    """Options of curl: the clients' name leads to this host, its certificate is the promised."""
    here = f"--connect-to ::{_here(settings)}:{settings.port} "
    at = certificate.places(settings)
    return here if at is None else f"{here}--cacert {at.certificate} "


def _here(settings: LoadBalancerSettings) -> str:
    listens = settings.address or "127.0.0.1"
    found = _EVERYWHERE.get(listens, listens)
    return f"[{found}]" if ":" in found else found


_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where a balancer that listens on every address is asked on its own host."""

"""nginx's whole configuration, its digest, and what the running nginx says of its own."""

import hashlib
import json

from infra import templates
from roles.load_balancer import body, errors, keys, limits, prompt_versions, upstream
from roles.load_balancer.program.members import UPSTREAMS
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate

PATH = "/etc/nginx/nginx.conf"
LOG = "/var/log/nginx/infra_access.log"
"""One JSON object a request; rotated with nginx's other logs."""
DIGEST_FILTER = "sed -n 's/.*return 200 \"\\([0-9a-f]*\\)\";$/\\1/p'"
"""Shell text that prints the digest which a configuration, given to it, would answer with."""
DIGEST_ON_DISK_COMMAND = f"{DIGEST_FILTER} {PATH}"
"""Shell text that prints the digest that the file would answer with."""
# about a line that it does not take nginx says what is in it, and that may be a key
_NO_KEY = f"""sed '\\#{keys.PATH}#s/".*"/"…"/'"""
_TEST = (
    '{ said=$(umask 027; nginx -t -q%s 2>&1) || { echo "$said" | ' + _NO_KEY + " >&2; false; }; }"
)
VALID_COMMAND = _TEST % ""
"""Shell text that fails, with nginx's words, when nginx does not take what is on disk."""
VALIDATE = _TEST % " -c {}"
"""The same of a file that is to take PATH's place; `{}` stands for it."""
FIELDS = (
    ("ts", "$time_iso8601"),
    ("request_id", "$infra_request_id"),
    ("client", "$infra_client"),
    ("address", "$remote_addr"),
    ("method", "$request_method"),
    ("path", "$infra_path"),
    ("model", "$infra_model"),
    ("model_revision", "$infra_revision"),
    ("prompt_version", "$http_x_prompt_version"),
    ("pool", "$infra_pool"),
    ("canary", "$infra_group"),
    ("upstream", "$infra_upstream"),
    ("upstream_addr", "$upstream_addr"),
    ("upstream_status", "$upstream_status"),
    ("upstream_connect_seconds", "$upstream_connect_time"),
    ("upstream_header_seconds", "$upstream_header_time"),
    ("upstream_seconds", "$upstream_response_time"),
    ("request_seconds", "$request_time"),
    ("status", "$status"),
    ("bytes", "$bytes_sent"),
)
"""Fields of the log and the variables they print; header_seconds is the time to the first token.

Never the key, and of the address nothing behind the question mark. `canary` is `main` or `canary`.
"""
FLUSH_SECONDS = 1
"""How long a line may wait in a worker's memory."""
NUMBERS = ("request_seconds", "status", "bytes")
"""Fields that are always one number; those of upstreams are lists when two were tried."""


def text(settings: LoadBalancerSettings, *, key_file: str) -> str:
    """Text of nginx.conf for these settings and this text of the key file."""
    digest = digest_of(settings, key_file=key_file)
    return _rendered(settings, digest=digest)


def digest_of(settings: LoadBalancerSettings, *, key_file: str) -> str:
    """What nginx answers when it runs this configuration with these keys."""
    whole = f"{_rendered(settings, digest='')}\n{key_file}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def digest_command(settings: LoadBalancerSettings) -> str:
    """Shell text that prints the digest of what nginx runs with; nothing when it does not run.

    A busy nginx is asked three times.
    """
    asked = f"curl -s --noproxy '*' --max-time 5 {digest_url(settings)}"
    return f"{{ for n in 1 2 3; do {asked}; case $? in 0|7) break;; esac; done; true; }}"


def digest_url(settings: LoadBalancerSettings) -> str:
    """Where nginx tells the digest on its own host."""
    return f"http://127.0.0.1:{settings.status_port}/digest"


def _rendered(settings: LoadBalancerSettings, *, digest: str) -> str:
    address = settings.address or "127.0.0.1"
    listen = f"[{address}]" if ":" in address else address
    pools = upstream.pools(settings)
    return templates.render(
        "load_balancer/nginx.conf.j2",
        settings=settings,
        digest=digest,
        listen=f"{listen}:{settings.port}",
        tls=certificate.places(settings),
        pools=pools,
        default_pool=pools[0].name if len(pools) == 1 else "",
        upstreams=UPSTREAMS,
        key_file=keys.PATH,
        body_script=body.PATH,
        concurrent=limits.concurrent(settings),
        rates=limits.rates(settings),
        special_names=limits.SPECIAL_NAMES,
        versions=prompt_versions.required(settings, pools=pools),
        log=LOG,
        flush_seconds=FLUSH_SECONDS,
        fields=[_field(name, variable) for name, variable in FIELDS],
        models=_models([pool.model for pool in pools]),
        errors=errors.BODIES,
    )


def _field(name: str, variable: str) -> str:
    return f'"{name}":{variable}' if name in NUMBERS else f'"{name}":"{variable}"'


def _models(models: list[str]) -> str:
    data = [{"id": model, "object": "model", "created": 0, "owned_by": "infra"} for model in models]
    return json.dumps({"object": "list", "data": data})

"""Settings of load_balancer."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from infra import windows
from infra.role import Settings
from infra.secrets import SecretRef
from roles.inference_engine.settings import MODEL_NAME

ModelName = Annotated[str, StringConstraints(pattern=MODEL_NAME)]
Client = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _window(text: str) -> str:
    windows.parse(text)
    return text


Window = Annotated[str, AfterValidator(_window)]


class Target(BaseModel):
    """One engine behind the balancer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    node: str
    address: str
    port: int
    model: str
    """Name under which it serves its model."""
    parallel: int
    """Requests that it computes at the same time."""
    keepalive: bool
    """Whether its idle connections may be kept."""
    spare: bool = False
    """Whether it is asked only when the others are full or gone."""
    revision: str = ""
    """Revision of its model, for the log."""


class ClientLimit(Settings):
    """What one client may ask for, where it differs from the others."""

    requests: int | None = Field(default=None, ge=1)
    """Requests at the same time; `client_requests` when not given."""
    rate: float | None = Field(default=None, ge=1 / 60)
    """Requests a second; `client_rate` when not given."""


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _some(value: tuple[str, ...]) -> tuple[str, ...]:
    if not value:
        raise ValueError("a client without a key cannot ask; give a reference")
    return value


Keys = Annotated[tuple[SecretRef, ...], AfterValidator(_some), BeforeValidator(_several)]
"""References to a client's keys; one may be written without a list."""
Endpoint = Annotated[str, StringConstraints(pattern=r"^/v1/[A-Za-z0-9/_.-]+$")]
Path = Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9/_.@-]+$")]


class LoadBalancerSettings(Settings):
    """Where the balancer listens, who may use it, and how patient it is."""

    address: str | None = None
    """IP address to listen on; the host's own when not given."""
    port: int = Field(default=80, ge=1, le=65535)
    """TCP port to listen on; 443 where it speaks TLS and no other is given."""
    reached_at: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.:-]+$")
    """Address or name by which clients reach it; `address`, or the host's own, when not given."""
    api_keys: dict[Client, Keys] = Field(min_length=1)
    """Key of each client, or its keys while one is being changed for another, by reference; the
    client's name is what the log shows."""
    certificate: str | None = None
    """File on the control host with the TLS certificate and its chain, PEM; then it speaks HTTPS
    alone. Relative paths start in the folder that infra is run in."""
    certificate_key: SecretRef | None = None
    """Private key of `certificate`, by reference, PEM."""
    certificate_path: Path | None = None
    """Instead of them: path of a certificate on the balancer that something else renews there, as
    certbot does (`/etc/letsencrypt/live/NAME/fullchain.pem`). A renewed one is taken up."""
    certificate_key_path: Path | None = None
    """Path of its private key on the balancer."""
    self_signed: bool = False
    """Whether it makes a certificate for itself, which clients must be given: for trials."""
    client_requests: int | None = Field(default=None, ge=1)
    """Requests that one client may have under way; more are refused with 429. None: any number."""
    client_rate: float | None = Field(default=None, ge=1 / 60)
    """Requests a second that one client may begin; more are refused with 429. None: any number."""
    client_burst: int = Field(default=20, ge=0)
    """Requests beyond `client_rate` that are let through at once after a pause."""
    limits: dict[Client, ClientLimit] = Field(default_factory=dict)
    """Other limits for some clients."""
    total_requests: int | None = Field(default=None, ge=1)
    """Requests that all clients together may have under way; more are refused with 429."""
    route_by_body: bool = False
    """Whether the model that a request's body names counts where header and path name none: for
    several models and clients that cannot be told apart otherwise. Each body is parsed by njs."""
    prompt_version_required: bool | tuple[Endpoint | ModelName, ...] = False
    """Whether requests need the header `X-Prompt-Version`, or endpoints (`/v1/completions`) and
    models whose requests do; others are refused with 400."""
    max_fails: int = Field(default=2, ge=1)
    """Failures within `fail_seconds` after which a node is left out."""
    fail_seconds: int = Field(default=5, ge=1)
    """Seconds for which a failed node is left out."""
    queue_per_node: int = Field(default=2, ge=0)
    """Requests beyond those it computes that a node is given to wait; more go to a spare, or are
    refused. Few: who waits there waits for an answer to end, and cannot be sent elsewhere."""
    connect_seconds: int = Field(default=2, ge=1)
    """Seconds to reach a node before the next one is tried."""
    read_seconds: int = Field(default=600, ge=1)
    """Longest silence of a node that computes, in seconds."""
    answer_seconds: int = Field(default=1800, ge=1)
    """Longest answer in seconds; one that goes on after a change of configuration is cut then."""
    body_mib: int = Field(default=16, ge=1, le=1024)
    """Largest request in MiB."""
    client_keepalive_seconds: int = Field(default=0, ge=0)
    """Seconds for which a client's idle connection is kept. 0: each answer ends its connection,
    for a reload closes idle ones, and a client that sends at that moment loses its request."""
    max_unavailable: int = Field(default=1, ge=1)
    """How many nodes of one model may be out of rotation at the same time."""
    drain_seconds: int = Field(default=600, ge=1)
    """Seconds that requests under way have to end before a node is stopped."""
    maintenance_windows: tuple[Window, ...] = ()
    """When nodes that serve may be disrupted, e.g. `Sat,Sun 02:00-06:00 Europe/Berlin`; days may
    be left out, midnight may be crossed. Empty: at any time."""
    status_port: int = Field(default=8099, ge=1024, le=65535)
    """Port on 127.0.0.1 that tells what nginx runs with and how busy it is."""
    targets: tuple[Target, ...] = ()
    """Engines behind it; filled in from the site, not given in an inventory."""

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, given: Any) -> Any:  # noqa: ANN401
        if isinstance(given, dict) and "port" not in given and any(map(given.get, _TLS)):
            return {**given, "port": 443}
        return given

    @model_validator(mode="after")
    def _one_certificate(self) -> "LoadBalancerSettings":
        pairs = (
            (self.certificate, self.certificate_key),
            (self.certificate_path, self.certificate_key_path),
        )
        if any((one is None) != (key is None) for one, key in pairs):
            raise ValueError("a certificate without its key, or a key without it; give both")
        if sum(one is not None for one, _ in pairs) + self.self_signed > 1:
            raise ValueError(
                "give one certificate: certificate and certificate_key, or certificate_path and "
                "certificate_key_path, or self_signed"
            )
        strangers = sorted(self.limits.keys() - self.api_keys.keys())
        if strangers:
            raise ValueError(f"limits: {strangers[0]} is no client in api_keys")
        return self

    @property
    def tls(self) -> bool:
        """Whether it speaks HTTPS."""
        return any((self.certificate, self.certificate_path, self.self_signed))

    @property
    def base_url(self) -> str:
        """Where clients point an OpenAI library."""
        address = self.reached_at or "127.0.0.1"
        host = f"[{address}]" if ":" in address else address
        scheme, usual = ("https", 443) if self.tls else ("http", 80)
        return (
            f"{scheme}://{host}/v1" if self.port == usual else f"{scheme}://{host}:{self.port}/v1"
        )


_TLS = ("certificate", "certificate_path", "self_signed")

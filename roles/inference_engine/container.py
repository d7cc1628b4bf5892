"""A container as a value, and the arguments of `docker create` that make it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

NAME = "infra-engine"
"""Name of the container and of its systemd unit."""
LABEL = "infra.digest"
"""Label that says what a running container was made from."""
QUESTION_LABEL = "infra.question"
"""Label with the address that answers its question: who asks need not know what was promised."""
MODEL_LABEL = "infra.model"
"""Label with the model that the question asks for."""
DOCKER = "timeout -k 5 60 docker"
"""docker asked for what it knows; one that hangs is not waited for for ever."""
ENV_FILE = "/etc/infra/engine.env"
"""Variables that are secrets, for root's eyes."""
LOG_OPTIONS = {
    "mode": "non-blocking",
    "max-buffer-size": "4m",
    "max-size": "20m",
    "max-file": "5",
}
"""At most 100 MB; when the disk is slow lines are dropped, and the engine goes on."""


@dataclass(frozen=True)
class Container:
    """What an engine needs of its container; what it does not name it does not get."""

    image: str
    """`name@sha256:…`."""
    args: tuple[str, ...]
    publish: tuple[str, int]
    """Address and port on the host; the port inside is the same."""
    devices: tuple[str, ...] = ()
    """CDI names, e.g. `nvidia.com/gpu=0`."""
    mounts: tuple[tuple[str, str], ...] = ()
    """Read-only files and folders: path on the host, path inside."""
    caches: tuple[tuple[str, str], ...] = ()
    """Volumes that outlive the container: name, path inside."""
    env: dict[str, str] = field(default_factory=dict)
    env_file: bool = False
    """Whether ENV_FILE is read as well."""
    user: str | None = None
    """`uid:gid`; None for the image's own."""
    read_only: bool = True
    """Whether the engine writes nowhere but to /tmp and its caches."""
    shm_gib: int | None = None
    ulimits: tuple[str, ...] = ()
    stop_seconds: int = 30
    """Seconds between SIGTERM and SIGKILL."""
    health_path: str = "/health"
    """Answers 200 once the model is loaded."""
    question_path: str = "/v1/completions"
    """Takes the one-token completion that proves that it answers."""
    model: str = ""
    """Name of the model that this completion asks for."""

    @property
    def question_url(self) -> str:
        """Address of the one-token completion, as the host reaches it."""
        return f"http://{host_port(*self.publish)}{self.question_path}"


def digest(container: Container, *, also: str = "") -> str:
    """What changes when the container would be made differently; `also` is added to it."""
    text = json.dumps([*_create(container), container.image, *container.args, also])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def argv(container: Container, *, label: str) -> tuple[str, ...]:
    """Arguments of `docker`, from `create` on."""
    options = _create(container)
    return (*options, "--label", f"{LABEL}={label}", container.image, *container.args)


def host_port(address: str, port: int) -> str:
    """`address:port`, with brackets around an IPv6 address."""
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _create(container: Container) -> tuple[str, ...]:
    return ("create", "--name", NAME, "--pull", "never", "--no-healthcheck", *_options(container))


def _options(container: Container) -> Iterator[str]:
    yield from _pairs("--log-driver", ["local"])
    yield from _pairs("--log-opt", [f"{key}={value}" for key, value in LOG_OPTIONS.items()])
    yield from ("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit", "8192")
    if container.read_only:
        yield from ("--read-only", "--tmpfs", "/tmp")
    if container.user is not None:
        yield from ("--user", container.user)
    address, port = container.publish
    yield from ("--publish", f"{host_port(address, port)}:{port}")
    yield from _pairs("--device", container.devices)
    yield from _pairs(
        "--mount", [f"type=bind,source={a},target={b},readonly" for a, b in container.mounts]
    )
    yield from _pairs(
        "--mount", [f"type=volume,source={a},target={b}" for a, b in container.caches]
    )
    yield from _pairs("--env", [f"{key}={value}" for key, value in sorted(container.env.items())])
    yield from _pairs("--env-file", [ENV_FILE] if container.env_file else [])
    yield from _pairs("--shm-size", [] if container.shm_gib is None else [f"{container.shm_gib}g"])
    yield from _pairs("--ulimit", container.ulimits)
    yield from ("--stop-timeout", str(container.stop_seconds))
    yield from ("--label", f"{QUESTION_LABEL}={container.question_url}")
    yield from ("--label", f"{MODEL_LABEL}={container.model}")


def _pairs(option: str, values: list[str] | tuple[str, ...]) -> Iterator[str]:
    for value in values:
        yield option
        yield value

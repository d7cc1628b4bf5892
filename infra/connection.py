"""How a host is reached: pyinfra's own keys, held strict; secrets among them by reference."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import secrets

KEYS = (
    "ssh_hostname",
    "ssh_port",
    "ssh_user",
    "ssh_password",
    "ssh_key",
    "ssh_key_password",
    "ssh_allow_agent",
    "ssh_look_for_keys",
    "ssh_forward_agent",
    "ssh_config_file",
    "ssh_known_hosts_file",
    "ssh_strict_host_key_checking",
    "ssh_paramiko_connect_kwargs",
    "ssh_connect_retries",
    "ssh_connect_retry_min_delay",
    "ssh_connect_retry_max_delay",
    "ssh_file_transfer_protocol",
)
"""What pyinfra's SSH connector reads of a host's data."""

_SECRET = ("ssh_password", "ssh_key_password", "_sudo_password")
_SUDO = ("_sudo", "_sudo_password", "_sudo_user")


def connection_of(data: Mapping[str, Any], *, inventory: Path) -> dict[str, Any]:
    """A host's connection data; host keys are strict and pinned beside the inventory."""
    given = {key: data[key] for key in (*KEYS, *_SUDO) if key in data}
    beside = str(inventory.with_name(f"{inventory.stem}.known_hosts"))
    strict = {"ssh_strict_host_key_checking": "yes"}
    return {"ssh_known_hosts_file": beside, **given, **strict}


def problems(host: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a host's connection data: key and sentence."""
    if host.startswith("@"):
        yield "", "is not reached over SSH; give a name, and ssh_hostname where it differs"
    port = data.get("ssh_port", 22)
    if not isinstance(port, int) or not 0 < port < 65536:
        yield "ssh_port", f"{port!r} is no port; give a number from 1 to 65535"
    checking = data.get("ssh_strict_host_key_checking", "yes")
    if checking not in ("yes", "accept-new"):
        yield (
            "ssh_strict_host_key_checking",
            "host keys are always checked; pin a first contact with --accept-new-host-keys",
        )
    key = data.get("ssh_key")
    if isinstance(key, str) and "lab" not in data and not Path(key).expanduser().is_file():
        yield "ssh_key", f"{key}: no such file on this machine"


def opened(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Connection data with its secrets read; secrets.SecretError when one is not there."""
    return {
        key: secrets.read(value) if key in _SECRET and _is_reference(value) else value
        for key, value in connection.items()
    }


def _is_reference(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, str) and value.startswith(("env:", "file:"))

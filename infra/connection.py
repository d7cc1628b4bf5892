"""How a host is reached: pyinfra's own keys, held strict; secrets among them by reference."""

import difflib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from infra import secrets
from infra.mistakes import dotted, sentence
from infra.secrets import SecretRef

_NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_CLOSE = 0.8
"""How alike an own key and a known one must be to count as a slip; `_user` is one's own."""
_OTHER_ROOTS = ("_su_", "_use_su", "_preserve_su_", "_doas", "_dzdo")
_OTHER_ARGUMENTS = (
    "_chdir",
    "_continue_on_error",
    "_env",
    "_get_pty",
    "_if",
    "_ignore_errors",
    "_parallel",
    "_retries",
    "_retry_delay",
    "_retry_until",
    "_run_once",
    "_serial",
    "_shell_executable",
    "_stdin",
    "_success_exit_codes",
    "_temp_dir",
    "_timeout",
)
"""pyinfra's global arguments that say nothing of how a host is reached."""


def _strict(text: str) -> str:
    if text != "yes":
        raise ValueError(
            "host keys are always checked; pin a first contact with --accept-new-host-keys"
        )
    return text


def _keeps(text: str) -> str:
    if text.startswith("/dev/"):
        raise ValueError("keeps no host key; leave it out, they are then kept by the inventory")
    return text


def _without_secret(arguments: dict[str, Any]) -> dict[str, Any]:
    for name, instead in (("password", "ssh_password"), ("passphrase", "ssh_key_password")):
        if name in arguments:
            raise ValueError(f"{name} is a secret; give it as {instead}, by reference")
    return arguments


Word = Annotated[str, Field(min_length=1)]


class Connection(BaseModel):
    """What an inventory may say of how a host is reached."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    ssh_hostname: Word | None = None
    """Address or name that SSH connects to; the host's name when not given."""
    ssh_port: int | None = Field(default=None, ge=1, le=65535)
    """TCP port of sshd, a number from 1 to 65535."""
    ssh_user: Word | None = None
    """Who logs in."""
    ssh_password: SecretRef | None = None
    """Password of the login, by reference."""
    ssh_key: Word | None = None
    """Private key file on this machine."""
    ssh_key_password: SecretRef | None = None
    """Passphrase of the key, by reference."""
    ssh_allow_agent: bool | None = None
    """Whether keys of a running agent are tried."""
    ssh_look_for_keys: bool | None = None
    """Whether keys in ~/.ssh are tried."""
    ssh_forward_agent: bool | None = None
    """Whether the host may use this machine's agent."""
    ssh_config_file: Word | None = None
    """OpenSSH client configuration on this machine."""
    ssh_known_hosts_file: Annotated[Word, AfterValidator(_keeps)] | None = None
    """Where host keys are pinned; beside the inventory when not given."""
    ssh_strict_host_key_checking: Annotated[str, AfterValidator(_strict)] | None = None
    """Always "yes"."""
    ssh_paramiko_connect_kwargs: (
        Annotated[dict[str, Any], AfterValidator(_without_secret)] | None
    ) = None
    """More arguments for paramiko's connect."""
    ssh_connect_retries: int | None = Field(default=None, ge=0)
    """How often a connection is tried again."""
    ssh_connect_retry_min_delay: float | None = Field(default=None, ge=0)
    """Shortest pause before the next try, in seconds."""
    ssh_connect_retry_max_delay: float | None = Field(default=None, ge=0)
    """Longest pause before the next try, in seconds."""
    ssh_file_transfer_protocol: Literal["sftp", "scp"] | None = None
    """How files travel."""
    sudo: bool | None = Field(default=None, alias="_sudo")
    """Whether the login becomes root by sudo: True or False."""
    sudo_user: Word | None = Field(default=None, alias="_sudo_user")
    """Whom sudo makes of the login."""
    sudo_password: SecretRef | None = Field(default=None, alias="_sudo_password")
    """Password that sudo asks for, by reference."""


_GIVEN = tuple(field.alias or name for name, field in Connection.model_fields.items())
KEYS = tuple(key for key in _GIVEN if not key.startswith("_"))
"""What pyinfra's SSH connector reads of a host's data."""
_FILES = ("ssh_key", "ssh_config_file", "ssh_known_hosts_file")
_SECRET = ("ssh_password", "ssh_key_password", "_sudo_password")


def connection_of(data: Mapping[str, Any], *, inventory: Path) -> dict[str, Any]:
    """A host's connection data; host keys are strict and pinned beside the inventory."""
    given = {key: data[key] for key in _GIVEN if data.get(key) is not None}
    # pyinfra itself takes a `~` for a folder of that name
    given |= {key: _expanded(given[key]) for key in _FILES if isinstance(given.get(key), str)}
    beside = str(inventory.with_name(f"{inventory.stem}.known_hosts"))
    strict = {"ssh_strict_host_key_checking": "yes"}
    return {"ssh_known_hosts_file": beside, **given, **strict}


def problems(host: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a host's name and connection data: key and sentence."""
    if host.startswith("@"):
        yield "", "is not reached over SSH; give a name, and ssh_hostname where it differs"
    elif not _NODE_NAME.fullmatch(host):
        yield "", "is no name for a host: letters, digits, and ._- after the first; give another"
    yield from _misread(data)
    yield from _slips(data)
    if "lab" not in data:
        yield from _missing_files(data)


def _misread(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    try:
        Connection.model_validate({key: data[key] for key in _GIVEN if key in data})
    except ValidationError as wrong:
        for error in wrong.errors():
            yield dotted(error["loc"]), sentence(error, Connection)


def _slips(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys with an underscore are one's own, but for pyinfra's and what was meant to be."""
    own = (key for key in data if isinstance(key, str) and key.startswith("_"))
    for key in (key for key in own if key not in _GIVEN):
        if key in _OTHER_ARGUMENTS:
            yield key, "is an argument of pyinfra that infra does not take; leave it out"
        elif key.startswith(_OTHER_ROOTS):
            yield key, "is not supported; infra becomes root by _sudo, or logs in as root"
        elif key in ("_use_sudo_login", "_preserve_sudo_env"):
            yield key, "is not supported; infra uses sudo without a login shell; leave it out"
        elif close := difflib.get_close_matches(key, _GIVEN, n=1, cutoff=_CLOSE):
            yield key, f"no such connection setting; did you mean {close[0]}?"


def _missing_files(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key in ("ssh_key", "ssh_config_file"):
        given = data.get(key)
        if isinstance(given, str) and given and not Path(_expanded(given)).exists():
            yield key, f"{given}: no such file on this machine"
    pinned = data.get("ssh_known_hosts_file")  # a first contact writes it
    if isinstance(pinned, str) and not Path(_expanded(pinned)).parent.is_dir():
        yield "ssh_known_hosts_file", f"{pinned}: no such folder on this machine"


def _expanded(path: str) -> str:
    try:
        return str(Path(path).expanduser())
    except RuntimeError:  # ~nobody-of-that-name
        return path


def opened(connection: Mapping[str, Any]) -> dict[str, Any]:
    """Connection data with its secrets read; secrets.SecretError when one is not there."""
    return {
        key: secrets.read(value) if key in _SECRET and secrets.is_reference(value) else value
        for key, value in connection.items()
    }

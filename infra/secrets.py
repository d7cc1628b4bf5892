"""Secrets come by reference, and are read where they are used."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from infra import place

_SCHEMES = {
    "env": r"[A-Za-z_][A-Za-z0-9_]*",
    "file": r"(?!//).+",  # file://… is an address
    "credential": r"[A-Za-z0-9_@-][A-Za-z0-9_.@-]*",
    "sops": r"(?!//)[^#]+#.+",
}
_REFERENCE = re.compile("|".join(f"{name}:{where}" for name, where in _SCHEMES.items()))
FORMS = '"env:NAME", "file:/path", "credential:NAME" or "sops:FILE#key"'
"""How a reference is written, for people."""
_SOPS_SECONDS = 60
"""Long enough for a key service on another continent."""


seen: set[str] = set()
"""Every secret that was read in this process; what it writes is masked by them."""


class SecretError(Exception):
    """A secret that its reference does not lead to; the message never holds the secret."""


def is_reference(value: object) -> bool:
    """Whether a value is written as a reference to a secret."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None


def _reference(text: str) -> str:
    if not is_reference(text):
        raise ValueError(f"a secret is given by reference: {FORMS}")
    return text


SecretRef = Annotated[str, AfterValidator(_reference)]
"""A reference to a secret: `env:NAME`, `file:/path`, `credential:NAME` or `sops:FILE#dotted.key`.

All are read on the control host; relative paths start in the folder that infra is run in.
"""


def read(reference: str) -> str:
    """The secret behind a reference, without its trailing newline; SecretError when absent."""
    if not is_reference(reference):
        raise SecretError(f"is no reference to a secret; give {FORMS}")
    scheme, _, where = reference.partition(":")
    readers = {"file": _from_file, "credential": _from_credential, "sops": _from_sops}
    found = os.environ.get(where, "") if scheme == "env" else readers[scheme](where)
    if not found:
        raise SecretError(f"{reference}: nothing there; set it on the control host")
    seen.add(found)
    return found


def references(value: Any, at: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every secret reference in settings or connection data, with its dotted place."""
    return (found for found in texts(value, at) if is_reference(found[1]))


def texts(value: Any, at: str = "") -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Every text in settings or connection data, with its dotted place."""
    if isinstance(value, str):
        yield at, value
    for key, inner in _items(value):
        yield from texts(inner, f"{at}.{key}" if at else str(key))


def _items(value: Any) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    if isinstance(value, Mapping):
        yield from value.items()
    elif isinstance(value, BaseModel):
        yield from value
    elif isinstance(value, list | tuple):
        yield from enumerate(value)


def _from_file(where: str) -> str:
    return _text(Path(os.path.expanduser(where)), named=f"file:{where}", guarded=True)


def _from_credential(name: str) -> str:
    """Systemd guards its folder itself, and lets its modes look wider than they are.

    Who runs infra by hand has the file that a night would be handed.
    """
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    if given:
        return _text(Path(given) / name, named=f"credential:{name}", guarded=False)
    path = place.credentials(system=os.geteuid() == 0, home=Path.home()) / name
    if not os.path.lexists(path):
        raise SecretError(
            f"credential:{name}: put it into {path} (mode 600), or run this from a unit with "
            f"LoadCredential={name}:/path or LoadCredentialEncrypted={name}:/path"
        )
    return _text(path, named=f"credential:{name}", guarded=True)


def _text(path: Path, *, named: str, guarded: bool) -> str:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if guarded and _open_to_others(found):
                mode = f"{found.st_mode & 0o777:o}"
                raise SecretError(f"{named}: others may read it (mode {mode}); chmod 600 {path}")
            return file.read().decode().rstrip("\r\n")
    except OSError as problem:
        raise SecretError(f"{named}: {problem.strerror}") from problem
    except UnicodeDecodeError:  # its message and its chain hold what was read
        raise SecretError(f"{named}: is no text; write the secret there as one line") from None


def _open_to_others(found: os.stat_result) -> bool:
    """Root may hand a file to one group (mode 640); anybody else's is its owner's alone."""
    handed_by_root = found.st_uid == 0 and not found.st_mode & 0o030
    return bool(found.st_mode & (0o007 if handed_by_root else 0o077))


_decrypted: dict[tuple[str, int, int], Any] = {}
"""Contents of sops files by path, time of change and inode: ten references are one question."""


def _from_sops(where: str) -> str:
    given, _, key = where.rpartition("#")
    path = Path(os.path.expanduser(given)).absolute()
    try:
        found = path.stat()
    except OSError as problem:
        raise SecretError(f"sops:{given}: {problem.strerror}") from problem
    version = (str(path), found.st_mtime_ns, found.st_ino)
    if version not in _decrypted:
        _decrypted[version] = _decrypt(path, named=f"sops:{given}")
    value = _at(_decrypted[version], key)
    if value is None:
        raise SecretError(f"sops:{where}: {given} holds no text under that key; see: sops {given}")
    return value.rstrip("\r\n")


def _decrypt(path: Path, *, named: str) -> Any:  # noqa: ANN401
    command = ["sops", "--decrypt", "--output-type", "json", str(path)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SOPS_SECONDS
        )
    except FileNotFoundError:
        raise SecretError(f"{named}: there is no sops here; get it at https://getsops.io") from None
    except (OSError, subprocess.TimeoutExpired) as problem:
        why = getattr(problem, "strerror", None) or f"no answer within {_SOPS_SECONDS} s"
        raise SecretError(f"{named}: sops: {why}") from None
    if done.returncode != 0:
        raise SecretError(f"{named}: {_refused(done, path)}")
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise SecretError(f"{named}: sops gave no JSON; it must hold keys and values") from None


_NO_KEY, _ALTERED = 128, 51
"""Exit statuses of sops."""


def _refused(done: "subprocess.CompletedProcess[bytes]", path: Path) -> str:
    """Why sops gave nothing; its own words are not passed on, they may hold what it read."""
    if done.returncode == _NO_KEY:
        return "no identity here opens it; name yours: SOPS_AGE_KEY_FILE=/path/of/age/keys.txt"
    if done.returncode == _ALTERED:
        return f"was altered after it was encrypted; bring it back, and change it by: sops {path}"
    if b"metadata not found" in done.stderr:
        return f"is not encrypted; sops --encrypt --in-place {path}"
    status = f"sops could not decrypt it (exit status {done.returncode})"
    return f"{status}; see why: sops --decrypt {path} >/dev/null"


def _at(content: Any, dotted: str) -> str | None:  # noqa: ANN401
    """The text under a dotted key, whose parts may have dots themselves."""
    found = {str(key): value for key, value in _items(content)}
    if isinstance(found.get(dotted), str):
        return str(found[dotted])
    steps = dotted.split(".")
    heads = (".".join(steps[:count]) for count in range(1, len(steps)))
    inner = (_at(found[head], dotted[len(head) + 1 :]) for head in heads if head in found)
    return next((text for text in inner if text is not None), None)

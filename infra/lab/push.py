"""Images sent to a registry over its HTTP API."""

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.lab import oci
from infra.lab.shell import LabError

_PIECE = 1 << 20


@dataclass(frozen=True)
class Registry:
    """Where a registry listens."""

    address: str
    port: int
    ca: Path | None
    """Authority that must have signed its certificate; None speaks plain HTTP."""


@dataclass(frozen=True)
class _Push:
    connection: HTTPConnection
    layout: Path
    root: str
    """Path of the repository in the API."""


def push(layout: Path, *, repository: str, tag: str, to: Registry) -> bool:
    """Send what the registry lacks of the image in an OCI layout; False when it lacks nothing.

    Raises LabError when the registry does not answer or refuses.
    """
    manifest = oci.manifest_of(layout)
    with _connected(to) as connection:
        session = _Push(connection, layout, root=f"/v2/{repository}")
        if _holds(session, path=f"manifests/{tag}", part=manifest):
            return False
        document = json.loads(oci.blob(layout, digest=manifest["digest"]).read_text())
        for part in (document["config"], *document["layers"]):
            if not _holds(session, path=f"blobs/{part['digest']}", part=part):
                _send_blob(session, part=part)
        kind = manifest["mediaType"]
        _put(session, target=f"{session.root}/manifests/{tag}", part=manifest, media_type=kind)
    return True


@contextlib.contextmanager
def _connected(to: Registry) -> Iterator[HTTPConnection]:
    connection = _connection(to)
    try:
        yield connection
    except (OSError, HTTPException) as broken:
        sentence = f"the lab's registry at {to.address}:{to.port} broke off: {broken}"
        raise LabError(sentence) from broken
    finally:
        connection.close()


def _connection(to: Registry) -> HTTPConnection:
    if to.ca is None:
        return HTTPConnection(to.address, to.port, timeout=60, blocksize=_PIECE)
    trust = ssl.create_default_context(cafile=str(to.ca))
    return HTTPSConnection(to.address, to.port, timeout=60, context=trust, blocksize=_PIECE)


def _holds(session: _Push, *, path: str, part: dict[str, Any]) -> bool:
    accept = {"Accept": part["mediaType"]}
    session.connection.request("HEAD", f"{session.root}/{path}", headers=accept)
    answer = session.connection.getresponse()
    answer.read()
    # The size too: an upload that a crash cut off may have left a shorter file
    return (
        answer.status == 200
        and answer.headers["Docker-Content-Digest"] == part["digest"]
        and answer.headers["Content-Length"] == str(part["size"])
    )


def _send_blob(session: _Push, *, part: dict[str, Any]) -> None:
    empty = {"Content-Length": "0"}
    session.connection.request("POST", f"{session.root}/blobs/uploads/", headers=empty)
    where = urlsplit(_accepted(session, status=202).headers["Location"])
    target = f"{where.path}?{where.query}&digest={part['digest']}"
    _put(session, target=target, part=part, media_type="application/octet-stream")


def _put(session: _Push, *, target: str, part: dict[str, Any], media_type: str) -> None:
    headers = {"Content-Type": media_type, "Content-Length": str(part["size"])}
    with oci.blob(session.layout, digest=part["digest"]).open("rb") as body:
        session.connection.request("PUT", target, body=body, headers=headers)
        _accepted(session, status=201)


def _accepted(session: _Push, *, status: int) -> HTTPResponse:
    answer = session.connection.getresponse()
    said = answer.read().decode(errors="replace").strip()
    if answer.status != status:
        raise LabError(f"the lab's registry refused an image: {answer.status} {said[:300]}")
    return answer

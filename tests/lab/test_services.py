"""The lab's registry and file server, for real, on ports of their own; no lab host."""

import hashlib
import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.lab import certificates, engine_image, oci, registry, service, web
from infra.lab.engine_image import ImageLock
from infra.lab.push import Registry, push
from infra.lab.service import Listen, Service

REPOSITORY = "/v2/ggml-org/llama.cpp"


def say(line: str) -> None:
    """Nobody listens."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def layout() -> Path:
    return engine_image.prepare(say)


@pytest.fixture(scope="module")
def to(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry of the test's own, with a certificate for its address."""
    home = tmp_path_factory.mktemp("registry")
    at = Listen("127.0.0.1", free_port())
    signed = certificates.ensure(ca=home / "ca.pem", keys=home / "keys", names=("127.0.0.1",))
    server = registry.server(signed, storage=home / "images", at=at, home=home)
    service.start(server)
    yield Registry(at.address, at.port, ca=signed.ca)
    service.stop(server)


@pytest.fixture(scope="module")
def published(layout: Path, to: Registry) -> ImageLock:
    return engine_image.publish(layout, to=to)


def fetch(to: Registry, path: str, *, accept: str = "*/*") -> bytes:
    trust = ssl.create_default_context(cafile=str(to.ca))
    connection = http.client.HTTPSConnection(to.address, to.port, context=trust, timeout=30)
    with closing(connection):
        connection.request("GET", f"{REPOSITORY}/{path}", headers={"Accept": accept})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content


def digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_the_image_comes_whole_by_its_digest(published: ImageLock, to: Registry) -> None:
    manifest = fetch(to, f"manifests/{published.digest}", accept=oci.MANIFEST)
    assert digest(manifest) == published.digest
    document = json.loads(manifest)
    for part in (document["config"], *document["layers"]):
        assert digest(fetch(to, f"blobs/{part['digest']}")) == part["digest"]


def test_the_tag_leads_to_the_same_image(published: ImageLock, to: Registry) -> None:
    tag = published.reference.rpartition(":")[2]
    assert digest(fetch(to, f"manifests/{tag}", accept=oci.MANIFEST)) == published.digest


def test_a_second_push_sends_nothing(published: ImageLock, layout: Path, to: Registry) -> None:
    tag = published.reference.rpartition(":")[2]
    assert not push(layout, repository="ggml-org/llama.cpp", tag=tag, to=to)


def test_a_client_without_the_authority_refuses_the_registry(to: Registry) -> None:
    with (
        closing(http.client.HTTPSConnection(to.address, to.port, timeout=30)) as stranger,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        stranger.request("GET", "/v2/")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("web")
    (home / "www").mkdir()
    (home / "www" / "model").write_bytes(bytes(range(256)) * 4096)
    at = Listen("127.0.0.1", free_port())
    server = web.server(root=home / "www", at=at, home=home)
    service.start(server)
    yield server
    service.stop(server)


def test_a_download_can_be_resumed(site: Service) -> None:
    with closing(http.client.HTTPConnection(site.at.address, site.at.port, timeout=30)) as client:
        client.request("GET", "/model", headers={"Range": "bytes=1000000-"})
        answer = client.getresponse()
        assert answer.status == 206
        assert answer.headers["Content-Range"] == "bytes 1000000-1048575/1048576"
        assert answer.read() == (bytes(range(256)) * 4096)[1000000:]

"""Certificates: made once, private, and trusted by a real TLS client for exactly their names."""

import ssl
from pathlib import Path

import pytest

from infra.lab import certificates
from infra.lab.certificates import Certificates

NAMES = ("registry.lab", "ghcr.io", "10.77.0.2")


def ensure(folder: Path, names: tuple[str, ...] = NAMES) -> Certificates:
    return certificates.ensure(ca=folder / "ca.pem", keys=folder / "keys", names=names)


def shake_hands(signed: Certificates, *, name: str) -> None:
    """Run both sides of a TLS handshake in memory."""
    client = ssl.create_default_context(cafile=str(signed.ca))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(signed.certificate, signed.key)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(down, up, server_hostname=name),
        server.wrap_bio(up, down, server_side=True),
    ]
    while sides:
        for side in list(sides):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
            sides.remove(side)


@pytest.mark.parametrize("name", NAMES)
def test_a_client_with_the_authority_trusts_every_name(tmp_path: Path, name: str) -> None:
    shake_hands(ensure(tmp_path), name=name)


def test_a_client_refuses_any_other_name(tmp_path: Path) -> None:
    signed = ensure(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake_hands(signed, name="docker.io")


def test_keys_are_private(tmp_path: Path) -> None:
    ensure(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "keys").glob("*.key")}
    assert modes == {"ca.key": 0o600, "registry.key": 0o600}


def test_they_are_made_once(tmp_path: Path) -> None:
    first = ensure(tmp_path).certificate.read_text()
    assert ensure(tmp_path).certificate.read_text() == first


def test_other_names_renew_the_server_and_keep_the_authority(tmp_path: Path) -> None:
    first = ensure(tmp_path)
    authority, server = first.ca.read_text(), first.certificate.read_text()
    second = ensure(tmp_path, names=("nvcr.io",))
    assert second.ca.read_text() == authority
    assert second.certificate.read_text() != server
    shake_hands(second, name="nvcr.io")


@pytest.mark.parametrize(
    "lost", ["ca.pem", "keys/ca.key", "keys/registry.key", "keys/registry.pem"]
)
def test_a_lost_half_is_mended(tmp_path: Path, lost: str) -> None:
    ensure(tmp_path)
    (tmp_path / lost).write_text("cut off")
    shake_hands(ensure(tmp_path), name="ghcr.io")

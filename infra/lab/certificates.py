"""The files of the lab's certificate authority and of the certificate of its registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from infra.files import write_atomic
from infra.lab import authority, place
from infra.lab.authority import Pair

_RENEW_DAYS = 30


@dataclass(frozen=True)
class Certificates:
    """Files of the lab's registry certificate."""

    ca: Path
    """Certificate of the authority, which the hosts trust."""
    certificate: Path
    """Certificate of the server."""
    key: Path
    """Private key of the server, mode 0600."""


def ensure(
    *,
    ca: Path = place.CA,
    keys: Path = place.KEY.parent,
    names: Sequence[str] = (*place.SERVICE_NAMES, place.SERVICES_ADDRESS),
) -> Certificates:
    """The certificates, made on the first call and anew when less than 30 days of them are left.

    `names` are the host names and addresses that the server's certificate is for.
    """
    signed = Certificates(ca, certificate=keys / "registry.pem", key=keys / "registry.key")
    signer = _load(ca, keys / "ca.key")
    if signer is None:
        signer = authority.new_authority()
        _save(signer, ca, keys / "ca.key")
    server = _load(signed.certificate, signed.key)
    if server is None or not authority.is_signed_for(server, names, authority=signer):
        _save(authority.new_server(names, authority=signer), signed.certificate, signed.key)
    return signed


def _load(certificate: Path, key: Path) -> Pair | None:
    """A certificate with its key; None when missing, broken, not a pair, or about to expire."""
    try:
        loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (OSError, ValueError):
        return None
    if not isinstance(private, EllipticCurvePrivateKey):
        return None
    pair = Pair(loaded, private)
    fits = loaded.public_key() == private.public_key()
    return pair if fits and pair.lasts(days=_RENEW_DAYS) else None


def _save(pair: Pair, certificate: Path, key: Path) -> None:
    private = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_atomic(key, private.decode(), mode=0o600)
    write_atomic(certificate, pair.certificate.public_bytes(Encoding.PEM).decode())

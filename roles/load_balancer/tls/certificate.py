"""Certificates: where nginx finds them, what they say, and one that a balancer makes itself."""

import hashlib
import ipaddress
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from roles.load_balancer.settings import LoadBalancerSettings

FOLDER = "/etc/nginx"
OWN = f"{FOLDER}/infra-own.pem"
"""The certificate that a balancer made for itself; its key lies beside it."""
RENEWED_BEFORE = timedelta(days=14)
"""Whoever renews certificates has done so by then."""
_OWN_DAYS = 397
_MARK = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True)
class Places:
    """Where nginx reads a certificate and its key."""

    certificate: str
    key: str


def text_of(settings: LoadBalancerSettings) -> str:
    """Text of the certificate on the control host; empty where none is given. OSError."""
    if settings.certificate is None:
        return ""
    return Path(settings.certificate).expanduser().read_text(encoding="ascii").strip() + "\n"


def places(settings: LoadBalancerSettings) -> Places | None:
    """Where they are; None without TLS. A given one's name is its content's: it replaces none."""
    if settings.certificate is not None:
        digest = hashlib.sha256(text_of(settings).encode()).hexdigest()[:12]
        return Places(f"{FOLDER}/infra-{digest}.pem", f"{FOLDER}/infra-{digest}.key")
    if settings.certificate_path is not None and settings.certificate_key_path is not None:
        return Places(settings.certificate_path, settings.certificate_key_path)
    return Places(OWN, OWN.replace(".pem", ".key")) if settings.self_signed else None


def first_of(text: str) -> x509.Certificate:
    """The server's own certificate, which stands first; ValueError when there is none."""
    at = text.find(_MARK)
    if at < 0:
        raise ValueError("no certificate in PEM")
    return x509.load_pem_x509_certificates(text[at:].encode())[0]


def fingerprint(text: str) -> str:
    """SHA-256 of the first certificate in a text, hexadecimal; ValueError when there is none."""
    return first_of(text).fingerprint(hashes.SHA256()).hex()


def problems(text: str, *, name: str, now: datetime) -> list[str]:
    """Sentences about a certificate that clients who ask for `name` will not take for long."""
    try:
        found = first_of(text)
    except ValueError as problem:
        return [f"cannot be read: {problem}"]
    begins, ends = found.not_valid_before_utc, found.not_valid_after_utc
    told = {
        f"is for {_listed(found)}, not for {name}": not _names(found, name),
        f"is valid from {begins:%Y-%m-%d %H:%M} UTC on": begins > now,
        f"ends on {ends:%Y-%m-%d}, in less than 14 days": ends < now + RENEWED_BEFORE,
    }
    return [sentence for sentence, holds in told.items() if holds]


def is_for(text: str, *, name: str) -> bool:
    """Whether a text begins with a certificate, and that is for a name or address."""
    try:
        return _names(first_of(text), name)
    except ValueError:
        return False


def make_command(name: str) -> str:
    """Shell text that makes a certificate and key for a name or address, each by rename."""
    key = OWN.replace(".pem", ".key")
    config = "\\n".join(
        (
            "[req]", "distinguished_name=dn", "x509_extensions=ext", "prompt=no", "[dn]",
            f"CN={name}", "[ext]", f"subjectAltName={_kind(name)}:{name}",
            "basicConstraints=critical,CA:TRUE,pathlen:0",
            "keyUsage=critical,digitalSignature,keyCertSign", "extendedKeyUsage=serverAuth",
        )
    )  # fmt: skip
    return (
        f"umask 077 && t=$(mktemp -d -p {FOLDER}) && trap 'rm -rf \"$t\"' EXIT && "
        f'printf {shlex.quote(config)} >"$t/conf" && '
        f'openssl req -x509 -config "$t/conf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes '
        f'-days {_OWN_DAYS} -keyout "$t/key" -out "$t/pem" 2>/dev/null && chmod 644 "$t/pem" && '
        f'sync "$t/key" "$t/pem" && mv -f "$t/key" {key} && mv -f "$t/pem" {OWN}'
    )


def lasts_command(name: str) -> str:
    """Shell text that succeeds when a balancer's own certificate is for that name and fresh."""
    check = "-checkip" if _kind(name) == "IP" else "-checkhost"
    seconds = 2 * int(RENEWED_BEFORE.total_seconds())
    return (
        f"openssl x509 -in {OWN} -noout -checkend {seconds} && "
        f"openssl x509 -in {OWN} -noout {check} {shlex.quote(name)} | grep -q 'does match'"
    )


def _kind(name: str) -> str:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "DNS"
    return "IP"


def _names(found: x509.Certificate, name: str) -> bool:
    wanted = name.lower()
    return wanted in _all(found) or f"*.{wanted.partition('.')[2]}" in _all(found)


def _listed(found: x509.Certificate) -> str:
    return ", ".join(_all(found)) or "nobody"


def _all(found: x509.Certificate) -> list[str]:
    try:
        kinds = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    names = [name.lower() for name in kinds.get_values_for_type(x509.DNSName)]
    return [*names, *map(str, kinds.get_values_for_type(x509.IPAddress))]

import subprocess
from pathlib import Path

import pytest

from roles.load_balancer.tls import certificate, key

CURVE = "openssl ecparam -name prime256v1 -genkey"


def said(command: str) -> str:
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate and its key, as openssl writes them."""
    folder = tmp_path_factory.mktemp("made")
    command = certificate.make_command("10.0.0.2").replace(certificate.FOLDER, str(folder))
    subprocess.run(["sh", "-c", command], check=True)
    return folder


def test_a_certificates_own_key_however_it_is_written(made: Path) -> None:
    pem, own = (made / "infra-own.pem").read_text(), (made / "infra-own.key").read_text()
    assert key.problem(own, of=pem) is None
    older = said(f"openssl ec -in {made}/infra-own.key 2>/dev/null")
    assert older.startswith("-----BEGIN EC PRIVATE KEY-----")
    parameters = said("openssl ecparam -name prime256v1")
    assert key.problem(parameters + older, of=pem) is None


def test_what_nginx_would_not_start_with_is_told(made: Path) -> None:
    pem = (made / "infra-own.pem").read_text()
    assert key.problem(said(CURVE), of=pem) == "is the key of another certificate"
    assert key.problem(pem, of=pem) == "is no private key in PEM"
    hidden = said(f"openssl pkcs8 -topk8 -in {made}/infra-own.key -passout pass:secret")
    assert "passphrase" in str(key.problem(hidden, of=pem))

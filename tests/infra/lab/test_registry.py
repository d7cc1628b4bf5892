"""The registry's configuration."""

from pathlib import Path

import yaml

from infra.lab import registry
from infra.lab.certificates import Certificates
from infra.lab.service import Listen

AT = Listen("127.0.0.1", 5000)


def test_it_listens_on_its_address_alone_with_its_certificate() -> None:
    signed = Certificates(Path("ca.pem"), certificate=Path("a.pem"), key=Path("a.key"))
    found = yaml.safe_load(registry.config(signed, storage=Path("/images"), at=AT))
    assert found["http"]["addr"] == "127.0.0.1:5000"
    assert found["http"]["tls"] == {"certificate": "a.pem", "key": "a.key"}
    assert found["storage"]["filesystem"]["rootdirectory"] == "/images"


def test_without_certificates_it_speaks_plain_http() -> None:
    found = yaml.safe_load(registry.config(None, storage=Path("/images"), at=AT))
    assert "tls" not in found["http"]

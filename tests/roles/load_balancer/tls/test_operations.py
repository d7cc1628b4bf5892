import base64
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra import facts, observed, operations
from infra.testing import Rehearsal, rehearse
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate, renewal, trust
from roles.load_balancer.tls.operations import certificates, tidy

ABSENT = observed.Unit(load="not-found", active="inactive", enabled="", needs_reload=False)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A folder with infra-own.pem and infra-own.key for 10.0.0.2."""
    command = certificate.make_command("10.0.0.2").replace(certificate.FOLDER, str(tmp_path))
    subprocess.run(["sh", "-c", command], check=True)
    return tmp_path


def rehearsed(settings: LoadBalancerSettings, known: dict[Any, Any]) -> Rehearsal:
    return rehearse(certificates, settings, facts={facts.Unit: ABSENT, **known})


def test_without_tls_nothing_is_done(settings: LoadBalancerSettings) -> None:
    found = rehearsed(settings, {})
    assert (found.error, found.operations) == (None, ())


def test_a_given_certificate_is_brought_and_its_key_is_for_root_alone(
    settings: LoadBalancerSettings, made: Path
) -> None:
    at = {
        "certificate": str(made / "infra-own.pem"),
        "certificate_key": f"file:{made / 'infra-own.key'}",
    }
    found = rehearsed(settings.model_copy(update=at), {operations.Succeeds: False})
    assert found.changed == ("Write certificate", "Write certificate's key")
    written, key = found.commands
    assert "BEGIN" not in written.text + key.text
    assert "chmod 600" in key.text
    assert "PRIVATE KEY" in base64.b64decode(key.stdin).decode()


def test_one_of_its_own_is_made_once_and_learned(
    settings: LoadBalancerSettings, made: Path
) -> None:
    own = settings.model_copy(update={"self_signed": True, "port": 4430})
    text = (made / "infra-own.pem").read_text()
    lasts = certificate.lasts_command("10.0.0.2")
    known = {facts.FileText: text, operations.Succeeds: lambda command: command == lasts}
    found = rehearsed(own, known)
    assert (found.error, found.changed) == (None, ())
    context = trust.context(own)
    assert context is not None
    assert context.cert_store_stats()["x509"] > 0
    assert rehearsed(own, {**known, operations.Succeeds: False}).changed == ("Make a certificate",)


def test_a_certificate_that_cannot_be_read_back_fails(settings: LoadBalancerSettings) -> None:
    own = settings.model_copy(update={"self_signed": True})
    found = rehearsed(own, {facts.FileText: "", operations.Succeeds: False})
    assert "Read the certificate" in found.changed


def test_what_the_host_renews_is_watched_until_it_does_no_more(
    settings: LoadBalancerSettings,
) -> None:
    kept = {"certificate_path": "/etc/a.pem", "certificate_key_path": "/etc/a.key"}
    found = rehearsed(settings.model_copy(update=kept), {})
    assert found.changed[:3] == (
        "Write certificate's reload",
        "Write certificate's watch",
        "Enable certificate's watch",
    )
    there = {operations.Succeeds: lambda command: renewal.PATH_FILE in command}
    own = settings.model_copy(update={"self_signed": True})
    assert "Watch no certificate" in rehearsed(own, there).changed


def test_what_is_served_no_more_is_removed(settings: LoadBalancerSettings, made: Path) -> None:
    given = settings.model_copy(update={"certificate": str(made / "infra-own.pem")})
    at = certificate.places(given)
    assert at is not None
    folder = made / "nginx"
    folder.mkdir()
    kept = {Path(at.certificate).name, Path(at.key).name, "infra-keys.conf", "infra-own.pem"}
    for name in (*kept, "infra-0123456789ab.pem", "infra-0123456789ab.key"):
        (folder / name).touch()
    [command] = rehearse(tidy, given, facts={operations.Succeeds: True}).commands
    text = command.text.replace(certificate.FOLDER, str(folder))
    subprocess.run(["sh", "-c", text], check=True)
    assert {path.name for path in folder.iterdir()} == kept


def test_a_key_of_another_certificate_replaces_none(
    settings: LoadBalancerSettings, made: Path
) -> None:
    other = made / "other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", other], check=True)
    at = {"certificate": str(made / "infra-own.pem"), "certificate_key": f"file:{other}"}
    found = rehearsed(settings.model_copy(update=at), {operations.Succeeds: False})
    assert found.changed == ()
    assert "certificate_key is the key of another certificate" in str(found.error)

"""What a client of the control host verifies, against a real nginx that speaks TLS."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from real_balancer import CHAT, Balancer

from roles.load_balancer import closing
from roles.load_balancer.settings import LoadBalancerSettings
from roles.load_balancer.tls import certificate, trust

pytestmark = pytest.mark.slow


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    command = certificate.make_command("127.0.0.1").replace(certificate.FOLDER, str(tmp_path))
    subprocess.run(["sh", "-c", command], check=True)
    return tmp_path


@pytest.fixture
def speaking_tls(
    balancing: Callable[..., AbstractContextManager[Balancer]], certificates: Path
) -> Iterator[Balancer]:
    at = {
        "certificate_path": f"{certificates}/infra-own.pem",
        "certificate_key_path": f"{certificates}/infra-own.key",
    }
    with balancing(models=["small"], **at) as found:
        yield found


def own(settings: LoadBalancerSettings) -> LoadBalancerSettings:
    gone = {"certificate_path": None, "certificate_key_path": None}
    return settings.model_copy(update={**gone, "self_signed": True})


def test_a_certificate_that_nobody_vouches_for_is_refused_until_it_is_learned(
    speaking_tls: Balancer, certificates: Path
) -> None:
    itself = own(speaking_tls.settings)
    assert itself.base_url.startswith("https://127.0.0.1:")
    refused = closing.last_words(itself)
    assert (refused.ok, "certificate verify failed" in refused.text) == (False, True)
    assert not trust.learn(itself, "nothing")
    assert trust.learn(itself, (certificates / "infra-own.pem").read_text())
    assert closing.last_words(itself).ok


def test_a_given_certificate_is_trusted_for_its_own_name_alone(
    speaking_tls: Balancer, certificates: Path
) -> None:
    gone = {"certificate_path": None, "certificate_key_path": None}
    given = speaking_tls.settings.model_copy(
        update={**gone, "certificate": str(certificates / "infra-own.pem")}
    )
    assert closing.last_words(given).ok
    other = closing.last_words(given.model_copy(update={"reached_at": "localhost"}))
    assert (other.ok, "certificate" in other.text) == (False, True)


def test_plain_http_is_refused_in_words(speaking_tls: Balancer) -> None:
    plain = speaking_tls.settings.model_copy(
        update={"certificate_path": None, "certificate_key_path": None}
    )
    asked = Balancer(plain, speaking_tls.engines, speaking_tls.log)
    status, _, body = asked.ask(CHAT, body={})
    assert (status, "https_required" in body) == (400, True)
    assert not speaking_tls.engines[0].asked

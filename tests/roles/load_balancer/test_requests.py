import subprocess
from pathlib import Path

from roles.load_balancer import keys, requests
from roles.load_balancer.settings import LoadBalancerSettings

KEY = "sk-Ab.cd+ef/0123456789="


def test_the_first_key_is_read_back_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(keys.text({"a": KEY, "b": f"{KEY}2"}))
    text = requests.WITH_KEY.replace(keys.PATH, str(tmp_path / "keys"))
    found = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout
    assert found == f'header = "Authorization: Bearer {KEY}"\n'


def test_no_request_holds_a_key(settings: LoadBalancerSettings) -> None:
    assert "-K -" in requests.completion(settings)
    assert "-K -" in requests.logged(settings, request_id="x")


def test_every_target_is_asked_for_its_health(settings: LoadBalancerSettings) -> None:
    text = requests.health_of_targets(settings)
    assert "http://10.0.0.11:8000/health" in text
    assert "http://10.0.0.12:8000/health" in text


def test_the_balancer_is_asked_where_it_listens_by_the_name_of_its_clients(
    settings: LoadBalancerSettings,
) -> None:
    text = requests.status_without_key(settings)
    assert text.endswith("--connect-to ::10.0.0.2:80 http://10.0.0.2/v1/models")
    everywhere = settings.model_copy(update={"address": "0.0.0.0", "reached_at": "llm.example.org"})
    text = requests.status_without_key(everywhere)
    assert text.endswith("--connect-to ::127.0.0.1:80 http://llm.example.org/v1/models")
    assert requests.WRONG_KEY in requests.status_with_wrong_key(settings)


def test_a_certificate_is_verified_by_the_promised_one(settings: LoadBalancerSettings) -> None:
    own = settings.model_copy(update={"self_signed": True, "port": 443})
    assert "--cacert /etc/nginx/infra-own.pem https://10.0.0.2/health" in requests.health(own)
    assert "-connect 10.0.0.2:443" in requests.served_certificate(own)
    assert requests.promised_certificate(own) == "cat /etc/nginx/infra-own.pem"

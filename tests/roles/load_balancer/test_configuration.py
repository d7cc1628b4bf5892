import re
import subprocess
from pathlib import Path

import pytest

from roles.load_balancer import configuration, upstream
from roles.load_balancer.settings import LoadBalancerSettings


def lines(settings: LoadBalancerSettings) -> list[str]:
    text = configuration.text(settings, key_file="")
    return [line.strip() for line in text.splitlines()]


def test_streams_pass_as_they_come(settings: LoadBalancerSettings) -> None:
    found = lines(settings)
    assert "proxy_buffering off;" in found
    assert "proxy_read_timeout 600s;" in found
    assert "proxy_http_version 1.1;" in found


def test_only_a_request_that_was_not_begun_is_sent_to_another_node(
    settings: LoadBalancerSettings,
) -> None:
    found = [line for line in lines(settings) if line.startswith("proxy_next_upstream ")]
    assert found == [
        "proxy_next_upstream error timeout http_503;",
        "proxy_next_upstream http_503 non_idempotent;",
    ]


def test_only_the_api_leads_to_engines(settings: LoadBalancerSettings) -> None:
    text = configuration.text(settings, key_file="")
    assert text.count("proxy_pass") == 2
    assert "location ~ ^(/m/.+)?/v1/ {" in text
    assert "location @again {" in text


def test_clients_keys_go_no_further(settings: LoadBalancerSettings) -> None:
    assert 'proxy_set_header Authorization "";' in lines(settings)


def test_it_listens_where_it_is_told(settings: LoadBalancerSettings) -> None:
    assert "listen 10.0.0.2:80 deferred;" in lines(settings)
    six = settings.model_copy(update={"address": "fd00::2", "port": 8080})
    assert "listen [fd00::2]:8080 deferred;" in lines(six)


def test_the_only_model_needs_no_name(
    settings: LoadBalancerSettings, two_models: LoadBalancerSettings
) -> None:
    assert f'"" "{upstream.pools(settings)[0].name}";' in lines(settings)
    assert '"" "";' in lines(two_models)


def test_several_models_are_listed_by_the_balancer(
    settings: LoadBalancerSettings, two_models: LoadBalancerSettings
) -> None:
    assert "location = /v1/models {" not in lines(settings)
    assert "location = /v1/models {" in lines(two_models)
    assert '"id": "org/big.v2"' in configuration.text(two_models, key_file="")


def test_connections_are_kept_for_some_engines_alone(
    settings: LoadBalancerSettings, two_models: LoadBalancerSettings
) -> None:
    name = upstream.pools(settings)[0].name
    assert f'{name} "";' not in lines(settings)
    assert f'{upstream.pools(two_models)[1].name} "";' in lines(two_models)


def test_the_log_has_every_field(settings: LoadBalancerSettings) -> None:
    text = configuration.text(settings, key_file="")
    assert re.search(r"log_format infra escape=json", text)
    wanted = {"ts", "request_id", "client", "model", "prompt_version", "upstream", "status"}
    assert wanted <= {name for name, _ in configuration.FIELDS}
    assert "'\"status\":$status,'" in text
    assert '\'"model":"$infra_model",\'' in text


def test_the_digest_changes_with_the_keys_and_not_with_who_serves(
    settings: LoadBalancerSettings,
) -> None:
    fewer = settings.model_copy(update={"targets": settings.targets[:1]})
    digests = [configuration.digest_of(settings, key_file=keys) for keys in ("a", "b")]
    assert digests[0] != digests[1]
    assert digests[0] == configuration.digest_of(fewer, key_file="a")
    digest = configuration.digest_of(settings, key_file="a")
    assert f'return 200 "{digest}";' in configuration.text(settings, key_file="a")


@pytest.mark.parametrize("command", [configuration.VALID_COMMAND, configuration.VALIDATE])
def test_nginx_may_not_quote_a_key(command: str, tmp_path: Path) -> None:
    nginx = tmp_path / "nginx"
    nginx.write_text(
        "#!/bin/sh\n"
        """echo 'conflicting parameter "sk-secret" in /etc/nginx/infra-keys.conf:2' >&2\n"""
        """echo 'unknown directive "nonsense" in /etc/nginx/nginx.conf:1' >&2\nexit 1\n"""
    )
    nginx.chmod(0o755)
    path = f"{tmp_path}:/usr/bin:/bin"
    said = subprocess.run(
        ["sh", "-c", command.replace("{}", "x")], env={"PATH": path}, capture_output=True, text=True
    )
    assert said.returncode == 1 and "sk-secret" not in said.stdout + said.stderr
    assert '"nonsense"' in said.stderr and "infra-keys.conf:2" in said.stderr
    nginx.write_text("#!/bin/sh\n")
    done = subprocess.run(["sh", "-c", command], env={"PATH": path}, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_no_client_is_kept_where_a_reload_would_lose_it(settings: LoadBalancerSettings) -> None:
    assert "keepalive_timeout 0s;" in lines(settings)
    kept = settings.model_copy(update={"client_keepalive_seconds": 30})
    assert "keepalive_timeout 30s;" in lines(kept)


def test_who_serves_is_another_files_matter(settings: LoadBalancerSettings) -> None:
    found = lines(settings)
    assert "include /etc/nginx/infra-upstreams.conf;" in found
    assert not [line for line in found if line.startswith("server 10.")]

from typing import Any

import pytest
from pydantic import ValidationError

from roles.load_balancer.settings import LoadBalancerSettings


def settings(**changes: object) -> LoadBalancerSettings:
    given = {"api_keys": {"lab": "env:KEY"}, "reached_at": "10.0.0.2"}
    return LoadBalancerSettings.model_validate({**given, **changes})


@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "http://10.0.0.2/v1"),
        ({"port": 8080}, "http://10.0.0.2:8080/v1"),
        ({"reached_at": "fd00::2"}, "http://[fd00::2]/v1"),
        ({"reached_at": "llm.example.org"}, "http://llm.example.org/v1"),
        ({"self_signed": True}, "https://10.0.0.2/v1"),
        ({"self_signed": True, "port": 8443}, "https://10.0.0.2:8443/v1"),
    ],
)
def test_the_base_url_is_what_clients_are_given(changes: dict[str, Any], url: str) -> None:
    assert settings(**changes).base_url == url


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"api_keys": {}}, "at least 1"),
        ({"api_keys": {"lab": "sk-123"}}, "by reference"),
        ({"api_keys": {"Team A": "env:KEY"}}, "pattern"),
        ({"api_keys": {'x" y': "env:KEY"}}, "pattern"),
        ({"port": 0}, "greater than or equal to 1"),
        ({"certificate": "a.pem"}, "give both"),
        ({"certificate_path": "/a.pem", "certificate_key_path": "/k", "self_signed": True}, "one"),
        ({"certificate_path": "/a b", "certificate_key_path": "/k"}, "pattern"),
        ({"limits": {"other": {"requests": 1}}}, "other is no client"),
        ({"prompt_version_required": ["/v1/x y"]}, "pattern"),
        ({"maintenance_windows": ["at night"]}, "no maintenance window; write it like Sat,Sun"),
    ],
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        settings(**changes)


def test_one_key_may_be_written_without_a_list() -> None:
    assert settings().api_keys == {"lab": ("env:KEY",)}
    assert settings(api_keys={"lab": ["env:A", "env:B"]}).api_keys == {"lab": ("env:A", "env:B")}

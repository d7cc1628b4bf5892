"""Secrets in the open are found where they stand, and not repeated."""

from typing import Any

import pytest
from pydantic import BaseModel

from infra.exposed import exposed


class Model(BaseModel):
    source: str


@pytest.mark.parametrize(
    ("settings", "place", "word"),
    [
        ({"uri": "https://me:canary@mirror.internal/debian"}, "uri", "login"),
        ({"uri": "https://canary@mirror.internal/debian"}, "uri", "login"),
        ({"proxy": "socks5://me:canary@proxy:1080"}, "proxy", "login"),
        ({"models": {"m": Model(source="https://me:canary@h/f")}}, "models.m.source", "login"),
        ({"source": "https://h/f?X-Amz-Signature=canary"}, "source", "token"),
        ({"source": "https://h/f?a=b&token=canary"}, "source", "token"),
        ({"environment": {"HF_TOKEN": "canary"}}, "environment.HF_TOKEN", "looks like"),
        ({"environment": {"VLLM_API_KEY": "canary"}}, "environment.VLLM_API_KEY", "looks like"),
        ({"extra_args": ("--api-key", "canary")}, "extra_args.1", "--api-key"),
        ({"extra_args": ("-v", "--hf-token=canary")}, "extra_args.1", "--hf-token"),
        ({"log-opts": {"splunk-token": "canary"}}, "log-opts.splunk-token", "looks like"),
    ],
)
def test_a_secret_in_the_open_is_told_by_its_place(
    settings: dict[str, Any], place: str, word: str
) -> None:
    [(found, sentence)] = exposed(settings)
    assert found == place
    assert word in sentence
    assert "canary" not in sentence


@pytest.mark.parametrize(
    "settings",
    [
        {"uri": "https://mirror.internal/debian", "git": "ssh://git@host/repo"},
        {"source": "https://h/f?download=true", "image": "registry:5000/a/b:c@sha256:0"},
        {"environment": {"TOKENIZERS_PARALLELISM": "true", "HF_TOKEN_PATH": "/x", "TOKEN": ""}},
        {"secret_environment": {"HF_TOKEN": "env:HF_TOKEN"}, "api_keys": {"lab": "file:/k"}},
        {"extra_args": ("--max-tokens", "128", "--api-key-file", "/run/key", "--api-key", "-v")},
        {"key": "-----BEGIN PGP PUBLIC KEY BLOCK-----\nfoo@bar:baz@", "max_token": 7},
    ],
)
def test_what_is_no_secret_is_left_alone(settings: dict[str, Any]) -> None:
    assert not list(exposed(settings))

import pytest
from pydantic import ValidationError

from roles.model_cache import ROLE
from roles.model_cache.settings import ModelCacheSettings

SHA = "0123456789abcdef" * 4
MODEL = {"file": "a.gguf", "source": "https://host/a.gguf", "sha256": SHA}


def settings(name: str = "small", **change: object) -> ModelCacheSettings:
    return ModelCacheSettings.model_validate({"models": {name: {**MODEL, **change}}})


def test_the_role_is_known_by_its_folder() -> None:
    assert (ROLE.name, ROLE.settings) == ("model_cache", ModelCacheSettings)


@pytest.mark.parametrize(
    "source", ["http://10.0.0.1/models/a.gguf", "https://host:8443/a?x=1", "/nas/models/a.gguf"]
)
def test_a_source_is_an_address_or_an_absolute_path(source: str) -> None:
    assert settings(source=source).models["small"].source == source


@pytest.mark.parametrize(
    "source", ["a.gguf", "ftp://host/a", "https://me:secret@host/a", "/a b", ""]
)
def test_another_source_is_refused_and_not_repeated(source: str) -> None:
    with pytest.raises(ValidationError) as refused:
        settings(source=source)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("file", "../a"),
        ("file", "a/b"),
        ("file", ".hidden"),
        ("sha256", "abc"),
        ("sha256", SHA.upper()),
        ("revision", "../.."),
    ],
)
def test_what_would_lead_out_of_the_store_is_refused(key: str, value: str) -> None:
    with pytest.raises(ValidationError):
        settings(**{key: value})


@pytest.mark.parametrize("name", ["..", "a/b", "", "a b"])
def test_a_models_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValidationError):
        settings(name=name)


def test_one_earlier_version_is_kept_at_least() -> None:
    with pytest.raises(ValidationError):
        ModelCacheSettings(models={}, keep_previous=0)

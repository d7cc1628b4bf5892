import pytest
from pydantic import ValidationError

from roles.model_cache import ROLE
from roles.model_cache.settings import ModelCacheSettings, Part

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


PART = {"source": "https://host/a", "sha256": SHA}


def several(files: object, **more: object) -> ModelCacheSettings:
    return ModelCacheSettings.model_validate({"models": {"m": {"files": files, **more}}})


def test_a_model_is_one_file_or_several() -> None:
    names = ("config.json", "tokenizer/vocab.txt", "model-00001-of-00002.safetensors")
    model = several(dict.fromkeys(names, PART), revision="r1").models["m"]
    assert tuple(model.parts) == names
    assert model.parts["config.json"] == Part.model_validate(PART)
    one = settings().models["small"]
    assert one.parts == {"a.gguf": Part(source=str(MODEL["source"]), sha256=SHA)}
    assert (one.digest, len(model.digest)) == (SHA, 64)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"file": "a", "source": "/a"}, "sha256 not given; give file, source and sha256"),
        ({}, "file and source and sha256 not given"),
        ({**MODEL, "files": {"a": PART}}, "files beside .*; give file, source and sha256"),
        ({"sha256": SHA, "files": {"a": PART}}, "files beside sha256"),
        ({"files": {}}, "files names none"),
        ({"files": {"a": PART, "a/b": PART}}, '"a" is a file and a folder'),
        ({"files": {"../a": PART}}, '"../a": give a file\'s path below'),
        ({"files": {"a/../b": PART}}, "below the model's folder"),
        ({"files": {"/a": PART}}, "below the model's folder"),
        ({"files": {"a/": PART}}, "below the model's folder"),
        ({"files": {"a": {"source": "/a"}}}, "sha256"),
    ],
)
def test_a_model_of_neither_form_is_refused(model: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ModelCacheSettings.model_validate({"models": {"m": model}})


@pytest.mark.parametrize("name", ["..", "a/b", "", "a b"])
def test_a_models_name_is_a_plain_word(name: str) -> None:
    with pytest.raises(ValidationError):
        settings(name=name)


def test_one_earlier_version_is_kept_at_least() -> None:
    with pytest.raises(ValidationError):
        ModelCacheSettings(models={}, keep_previous=0)

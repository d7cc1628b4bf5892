import pytest

from roles.model_cache import layout
from roles.model_cache.settings import ModelCacheSettings, ModelFile

SHA = "0123456789abcdef" * 4
PART = {"source": "https://host/a", "sha256": SHA}
SETTINGS = ModelCacheSettings.model_validate(
    {
        "models": {
            "small": {"file": "a.gguf", "source": "https://host/a", "sha256": SHA},
            "many": {"files": {"config.json": PART, "a/w.safetensors": PART}},
            "big": {"file": "b.gguf", "source": "/nas/b", "sha256": SHA, "revision": "v2"},
        },
        "root": "/data/models",
    }
)


def test_a_version_is_named_by_its_checksum() -> None:
    assert layout.path_of(SETTINGS, "small") == "/data/models/store/small/0123456789abcdef/a.gguf"


def test_a_version_is_named_by_its_revision_when_it_has_one() -> None:
    assert layout.folder_of(SETTINGS, "big") == "/data/models/store/big/v2"
    assert layout.path_of(SETTINGS, "big") == "/data/models/store/big/v2/b.gguf"


def test_the_current_link_leads_to_the_folder() -> None:
    assert layout.current_of(SETTINGS, "small") == "/data/models/current/small"
    assert layout.target_of(SETTINGS, "small") == "../store/small/0123456789abcdef"


def test_proofs_and_partial_files_lie_outside_the_store() -> None:
    assert layout.proof_of(SETTINGS, "big", "b.gguf") == "/data/models/verified/big/v2"
    assert layout.partials(SETTINGS) == "/data/models/partial"


def test_a_model_that_is_not_promised_has_no_path() -> None:
    with pytest.raises(KeyError):
        layout.path_of(SETTINGS, "other")


def test_a_model_of_several_files_is_a_folder() -> None:
    folder = layout.folder_of(SETTINGS, "many")
    version = layout.version_of(SETTINGS.models["many"])
    assert layout.path_of(SETTINGS, "many") == folder == f"/data/models/store/many/{version}"
    assert layout.file_of(SETTINGS, "many", "a/w.safetensors") == f"{folder}/a/w.safetensors"
    proof = layout.proof_of(SETTINGS, "many", "a/w.safetensors")
    assert proof == f"/data/models/verified/many/{version}.files/a/w.safetensors"


def test_another_file_is_another_version() -> None:
    def version(**files: str) -> str:
        parts = {name: {**PART, "sha256": sha} for name, sha in files.items()}
        return layout.version_of(ModelFile.model_validate({"files": parts}))

    assert version(a=SHA, b=SHA) == version(b=SHA, a=SHA)
    assert len({version(a=SHA), version(b=SHA), version(a="f" * 64), version(a=SHA, b=SHA)}) == 4

import pytest

from roles.inference_engine import place
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="x:y@sha256:" + "a" * 64,
    model="m",
    context_tokens=2048,
)


def test_gpus_go_by_their_cdi_names() -> None:
    assert place.cdi_names("all") == ("nvidia.com/gpu=all",)
    assert place.cdi_names((0, 3)) == ("nvidia.com/gpu=0", "nvidia.com/gpu=3")


def test_a_place_is_known_once_the_settings_are_resolved() -> None:
    resolved = SETTINGS.model_copy(update={"address": "10.0.0.1", "model_path": "/srv/m"})
    assert place.of(resolved) == place.Place(
        address="10.0.0.1", model_path="/srv/m", inside="/models/m"
    )


def test_a_file_keeps_its_name_and_a_folder_gets_the_models() -> None:
    at = {"address": "10.0.0.1", "model_path": "/srv/store/m/r1"}
    assert place.of(SETTINGS.model_copy(update=at)).inside == "/models/r1"
    folder = SETTINGS.model_copy(update={**at, "model_files": ("config.json",)})
    assert place.of(folder).inside == "/models/m"


@pytest.mark.parametrize("known", [{"address": "10.0.0.1"}, {"model_path": "/srv/m"}])
def test_unresolved_settings_have_no_place(known: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not filled in"):
        place.of(SETTINGS.model_copy(update=known))

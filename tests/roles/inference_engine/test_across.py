from pathlib import Path

from infra.role import Settings
from infra.site import Node, Site
from roles.gpu_driver.settings import GpuDriverSettings
from roles.inference_engine import across
from roles.inference_engine.settings import InferenceEngineSettings
from roles.model_cache import layout
from roles.model_cache.settings import ModelCacheSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp", image="x/y:z@sha256:" + "a" * 64, model="small", context_tokens=2048
)
CACHE = ModelCacheSettings.model_validate(
    {"models": {"small": {"file": "s.gguf", "source": "/mnt/s.gguf", "sha256": "b" * 64}}}
)


class Anything(Settings):
    pass


def node(address: str = "10.0.0.1", **roles: Settings) -> Node:
    return Node(name="gpu-1", group="gpu_nodes", address=address, settings=roles)


def site(*nodes: Node) -> Site:
    return Site(name="rack", file=Path("rack.py"), nodes=nodes)


def mistakes(settings: InferenceEngineSettings, at: Node) -> list[tuple[str, str]]:
    resolved = across.resolve(settings, node=at, site=site(at))
    return across.mistakes(resolved, node=at, site=site(at))


GOOD = node(model_cache=CACHE, container_runtime=Anything())


def test_address_and_model_come_from_the_host() -> None:
    found = across.resolve(SETTINGS, node=GOOD, site=site(GOOD))
    assert found.address == "10.0.0.1"
    assert found.model_path is not None
    assert found.model_path.endswith("/s.gguf")
    assert found.model_revision == "b" * 64
    assert found.model_files == ()
    assert not mistakes(SETTINGS, GOOD)


def test_a_model_of_several_files_is_a_folder() -> None:
    part = {"source": "https://host/x", "sha256": "b" * 64}
    files = {"config.json": part, "model.safetensors": part}
    cache = ModelCacheSettings.model_validate({"models": {"small": {"files": files}}})
    at = node(model_cache=cache, container_runtime=Anything())
    checkpoint = SETTINGS.model_copy(update={"engine": "vllm"})
    found = across.resolve(checkpoint, node=at, site=site(at))
    assert found.model_path == layout.folder_of(cache, "small")
    assert found.model_files == ("config.json", "model.safetensors")
    assert found.model_revision == cache.models["small"].digest
    assert not mistakes(checkpoint, at)


def test_vllm_does_not_take_the_one_file_of_another_engine() -> None:
    [(key, sentence)] = mistakes(SETTINGS.model_copy(update={"engine": "vllm"}), GOOD)
    assert key == "model"
    assert "model_cache.models.small" in sentence


def test_a_given_address_stays() -> None:
    given = SETTINGS.model_copy(update={"address": "192.168.1.1"})
    assert across.resolve(given, node=GOOD, site=site(GOOD)).address == "192.168.1.1"


def test_a_model_that_the_host_does_not_hold_is_a_mistake() -> None:
    [(key, sentence)] = mistakes(SETTINGS.model_copy(update={"model": "big"}), GOOD)
    assert key == "model"
    assert '"big" is not in model_cache.models of this host (small)' in sentence


def test_a_host_needs_models_and_a_container_runtime() -> None:
    found = [sentence for _, sentence in mistakes(SETTINGS, node())]
    assert len(found) == 2
    assert "needs model_cache" in found[0]
    assert "needs container_runtime" in found[1]


def test_a_name_is_no_address_to_bind_to() -> None:
    named = node(address="gpu-1.rack", model_cache=CACHE, container_runtime=Anything())
    assert [key for key, _ in mistakes(SETTINGS, named)] == ["address"]


def test_what_the_engine_refuses_is_a_mistake() -> None:
    split = SETTINGS.model_copy(update={"tensor_parallel": 2})
    assert [key for key, _ in mistakes(split, GOOD)] == ["tensor_parallel"]


def driven(version: str, *cards: str) -> Node:
    driver = GpuDriverSettings(version=version, origin="nvidia", modules="proprietary", cards=cards)
    return node(gpu_driver=driver, model_cache=CACHE, container_runtime=Anything())


def test_an_image_whose_cuda_the_promised_driver_cannot_run_is_a_mistake() -> None:
    newer = SETTINGS.model_copy(update={"cuda": "13.0"})
    ((key, sentence),) = mistakes(newer, driven("570.195.03", "RTX 3090"))
    assert key == "cuda"
    assert "needs driver 580.65.06 or newer" in sentence
    ((key, sentence),) = mistakes(newer, driven("580.95.05", "V100"))
    assert key == "cuda"
    assert "no kernels for V100 (Volta)" in sentence
    assert not mistakes(newer, driven("580.95.05", "RTX 3090"))


def test_an_image_whose_cuda_is_not_given_is_judged_on_the_host() -> None:
    assert not mistakes(SETTINGS, driven("570.195.03", "V100"))
    assert not mistakes(SETTINGS.model_copy(update={"cuda": "13.0"}), GOOD)

"""The pins of the engine's image."""

from infra.lab import engine_image
from infra.lab.engine_image import ImageLock


def test_the_tag_names_the_build_that_is_in_the_wheel() -> None:
    declared = engine_image.declared()
    build = declared.wheel.version.split(".")[1]
    assert declared.tag.endswith(f"-b{build}")
    assert declared.labels["org.opencontainers.image.version"] == f"b{build}"


def test_the_image_says_that_it_is_a_stand_in() -> None:
    labels = engine_image.declared().labels
    assert "STAND-IN" in labels["org.opencontainers.image.description"]
    assert "without CUDA" in labels["org.opencontainers.image.description"]


def test_simulated_gpus_are_not_asked_to_compute() -> None:
    assert engine_image.declared().environment["LLAMA_ARG_DEVICE"] == "none"


def test_an_image_is_pinned_by_digest_beside_its_tag() -> None:
    lock = ImageLock("ghcr.io/ggml-org/llama.cpp:server", digest="sha256:00")
    assert lock.pinned == "ghcr.io/ggml-org/llama.cpp:server@sha256:00"

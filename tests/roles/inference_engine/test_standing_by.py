"""A spare could serve in the place of the nodes that it stands by for."""

from pathlib import Path

from infra.site import Node, Site
from roles.inference_engine import standing_by
from roles.inference_engine.settings import InferenceEngineSettings

IMAGE = "x/y:z@sha256:" + "a" * 64
OTHER = "x/y:z@sha256:" + "b" * 64


def engine(model: str = "small", *, revision: str = "r1", image: str = IMAGE) -> Node:
    settings = InferenceEngineSettings(
        engine="llama_cpp", image=image, model=model, context_tokens=2048, model_revision=revision
    )
    return Node("gpu-1", "gpu_nodes", "10.0.0.1", {"inference_engine": settings})


def spare(model: str = "small", *, revision: str = "r1", image: str = IMAGE) -> Node:
    of = engine(model, revision=revision, image=image)
    return Node("spare-1", "spare_nodes", "10.0.0.2", of.settings)


def said(part: str, *nodes: Node) -> list[tuple[str, str]]:
    """What is said of the first of these nodes."""
    settings = nodes[0].settings["inference_engine"]
    site = Site("rack", Path("rack.py"), nodes)
    return list(getattr(standing_by, part)(settings, node=nodes[0], site=site))


def test_a_spare_like_the_nodes_it_stands_by_for_is_right() -> None:
    assert not said("mistakes", spare(), engine(revision="old"), engine())
    assert not said("cautions", spare(), engine(image=OTHER), engine())


def test_a_spare_of_a_model_that_nobody_serves_is_a_mistake() -> None:
    assert said("mistakes", spare("large"), engine()) == [
        ("model", 'no node serves "large" that this spare could stand by for (small)')
    ]
    [(_, text)] = said("mistakes", spare(), spare())
    assert text.endswith("(none)")


def test_a_spare_with_other_weights_is_a_mistake() -> None:
    [(key, text)] = said("mistakes", spare(revision="old"), engine())
    assert key == "model"
    assert text == '"small" has other weights than gpu-1 serves; give model_cache the same'


def test_weights_that_are_not_known_yet_are_no_mistake() -> None:
    assert not said("mistakes", spare(revision=""), engine(revision=""))


def test_a_spare_with_an_image_of_its_own_is_worth_a_word() -> None:
    [(key, text)] = said("cautions", spare(image=OTHER), engine())
    assert (key, text) == (
        "image",
        "the spare runs another image than every node that it stands by for",
    )


def test_of_a_node_that_is_no_spare_nothing_is_said() -> None:
    assert not said("mistakes", engine("large"), spare())
    assert not said("cautions", engine(image=OTHER), spare())

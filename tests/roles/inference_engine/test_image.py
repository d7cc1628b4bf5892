import pytest

from roles.inference_engine import image

DIGEST = "sha256:" + "0a" * 32


def test_a_pinned_image_has_name_tag_and_digest() -> None:
    found = image.parse(f"registry.lab:5000/team/engine:v1.2-cu13@{DIGEST}")
    assert found == image.Image(
        name="registry.lab:5000/team/engine", tag="v1.2-cu13", digest=DIGEST
    )
    assert found.pinned == f"registry.lab:5000/team/engine@{DIGEST}"
    assert found.tagged == "registry.lab:5000/team/engine:v1.2-cu13"


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("vllm/vllm-openai:v0.33.0", "no digest"),
        (f"vllm/vllm-openai@{DIGEST}", "no tag"),
        (f"registry.lab:5000/engine@{DIGEST}", "no tag"),
        ("vllm/vllm-openai:v1@sha256:12", "64 hexadecimal digits"),
        (f"Vllm/x:v1@{DIGEST}", "is no image"),
        (f"x:v1 --privileged@{DIGEST}", "is no image"),
    ],
)
def test_an_image_that_may_change_is_refused(reference: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        image.parse(reference)

"""A change of the engine that fails goes back to the engine that answered before."""

import tempfile
from pathlib import Path

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell

from infra.lab import oci
from infra.lab.push import push
from infra.lab.registry import REGISTRY
from infra.lab.unpacked import unpacked

NODE = "gpu-2"
REPOSITORY = "ggml-org/llama.cpp"
QUESTION = "docker inspect -f '{{.State.StartedAt}} {{.Config.Image}}' infra-engine"


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """References of images that are no engines, in the lab's registry."""
    return {
        "dies": _pushed("rollback-dies", "echo no model here >&2; exit 3"),
        "hangs": _pushed("rollback-hangs", "exec sleep 3600"),
        "absent": f"ghcr.io/{REPOSITORY}:rollback-absent@sha256:{'0' * 64}",
    }


def _pushed(tag: str, script: str) -> str:
    busybox = oci.File(_busybox(), mode=0o755)
    config = {"Entrypoint": ["/bin/busybox", "sh", "-c", script]}
    with tempfile.TemporaryDirectory() as folder:
        layout = Path(folder) / "layout"
        zstd = unpacked("zstd") / "usr/bin/zstd"
        digest = oci.write_image({"bin/busybox": busybox}, config=config, zstd=zstd, into=layout)
        push(layout, repository=REPOSITORY, tag=tag, to=REGISTRY)
    return f"ghcr.io/{REPOSITORY}:{tag}@{digest}"


def _busybox() -> Path:
    folder = unpacked("busybox-static")
    [found] = [folder / at for at in ("bin/busybox", "usr/bin/busybox") if _is_file(folder / at)]
    return found


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.parent.is_symlink()


def _changed(tmp_path: Path, **engine: object) -> Path:
    """The lab's inventory with other settings of the engine."""
    path = tmp_path / "lab.py"
    lock = INVENTORY.with_name("lab.lock.yaml")
    path.with_name("lab.lock.yaml").write_text(lock.read_text())
    path.write_text(
        f"{INVENTORY.read_text()}\ngpu_nodes[1]['inference_engine'].update({engine!r})\n"
    )
    return path


def _deployed(infra: Infra, inventory: Path) -> Ended:
    return infra("deploy", str(inventory), "--limit", NODE, "--role", "inference_engine", "--yes")


def _words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).split())


def _answers(shell: Shell) -> None:
    address = shell(NODE, "docker port infra-engine | sed -n '1s/.* -> //p'").strip()
    body = '{"prompt": "Hello", "max_tokens": 1}'
    shell(NODE, f"curl -sf --max-time 30 http://{address}/v1/completions -d '{body}'")


@pytest.mark.parametrize("image", ["dies", pytest.param("hangs", marks=pytest.mark.slow)])
def test_a_bad_image_is_taken_back_and_the_node_serves_on(
    deployed: Ended, infra: Infra, shell: Shell, images: dict[str, str], tmp_path: Path, image: str
) -> None:
    good = shell(NODE, "docker inspect -f '{{.Config.Image}}' infra-engine")
    bad = _deployed(infra, _changed(tmp_path, image=images[image], start_seconds=20))
    assert bad.code == 1
    said = _words(bad)
    assert "Await engine's answer" in said
    assert good.partition("sha256:")[2][:12] in said
    assert shell(NODE, "docker inspect -f '{{.Config.Image}}' infra-engine") == good
    assert shell(NODE, "systemctl is-enabled infra-engine").strip() == "enabled"
    _answers(shell)
    again = _deployed(infra, INVENTORY)
    assert again.code == 0, again.out
    assert again.json["nodes"][0]["changed"] == 0


def test_an_image_that_is_not_there_touches_nothing(
    deployed: Ended, infra: Infra, shell: Shell, images: dict[str, str], tmp_path: Path
) -> None:
    before = shell(NODE, QUESTION)
    bad = _deployed(infra, _changed(tmp_path, image=images["absent"]))
    assert bad.code == 1 and "manifest unknown" in _words(bad)
    assert shell(NODE, QUESTION) == before


@pytest.mark.slow
def test_wrong_arguments_are_taken_back(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    bad = _deployed(infra, _changed(tmp_path, extra_args=("--no-such-option",)))
    assert bad.code == 1 and "--no-such-option" in _words(bad)
    _answers(shell)


@pytest.mark.slow
def test_a_unit_that_a_killed_deploy_left_is_made_good(
    deployed: Ended, infra: Infra, shell: Shell
) -> None:
    shell(
        NODE,
        "sed -i 's/ --parallel / --paralel /' /etc/systemd/system/infra-engine.service; "
        "systemctl daemon-reload; systemctl restart infra-engine || true",
    )
    assert _deployed(infra, INVENTORY).code == 0
    _answers(shell)
    assert _deployed(infra, INVENTORY).json["nodes"][0]["changed"] == 0

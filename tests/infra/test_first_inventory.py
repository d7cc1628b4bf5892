"""What was seen of a host becomes an inventory that says what is still to decide."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from infra import firstlook
from infra.first_inventory import inventory_text
from infra.mistakes import SiteError
from infra.observed import Os
from infra.site import Site, load

LOOK = firstlook.Look(
    os=Os(id="ubuntu", version="24.04", codename="noble", arch="x86_64"),
    hostname="tower",
    user="ops",
    sudo=True,
    cpus=16,
    memory_gib=61,
    disk_gib=858,
    gpus=("0000:41:00.0",),
    cards=("NVIDIA GeForce RTX 3090",),
    driver=None,
    address="192.0.2.4",
    has_lists=True,
    docker="28.2.2-0ubuntu1~24.04.1",
    series="580.126.09",
)
DEBIAN_12 = Os(id="debian", version="12", codename="bookworm", arch="x86_64")
MODEL = {f"model_cache.models.my-model.{key}" for key in ("file", "source", "sha256")}
UNDECIDED = {
    *MODEL,
    "inference_engine.image",
    "container_runtime.toolkit_repository.key",
}
EVIL = '"); __import__("os").system("id") #\n"""\\{{ 7 }}é\ud800'


def text_of(look: firstlook.Look, folder: Path, *, target: str = "ops@192.0.2.4:2222") -> str:
    login = firstlook.target_of(target, key=None)
    return inventory_text(look, login=login, name="tower", keys=folder / "keys")


def written(look: firstlook.Look, folder: Path, *, target: str = "ops@192.0.2.4:2222") -> Path:
    path = folder / "tower.py"
    path.write_text(text_of(look, folder, target=target))
    return path


def undecided(path: Path) -> set[str]:
    with pytest.raises(SiteError) as wrong:
        load(path)
    return {mistake.key for mistake in wrong.value.mistakes}


def decided(path: Path, **more: str) -> Site:
    """The site once every line marked TO DECIDE is filled in as it says."""
    text = path.read_text()
    answers = {
        "the model's file name": "model.gguf",
        "its address, or its absolute": "/srv/model.gguf",
        "sha256sum": "0" * 64,
        "docker buildx": f"example/llama.cpp:server@sha256:{'0' * 64}",
        **more,
    }
    for question, answer in answers.items():
        start = text.index(f'"TO DECIDE: {question}')
        text = text.replace(text[start : text.index('",\n', start)], f'"{answer}')
    keys = path.parent / "keys"
    keys.mkdir()
    for name in ("nvidia-container-toolkit", "nvidia-cuda", "docker"):
        (keys / f"{name}.asc").write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    path.write_text(text)
    return load(path)


def test_the_inventory_lacks_only_what_must_be_decided(tmp_path: Path) -> None:
    path = written(LOOK, tmp_path)
    assert undecided(path) == UNDECIDED
    node = decided(path).nodes[0]
    assert getattr(node.settings["gpu_driver"], "version", "") == "580.126.09"
    assert getattr(node.settings["container_runtime"], "docker_version", "") == "28.2"


def test_the_driver_that_is_loaded_is_kept(tmp_path: Path) -> None:
    assert '"version": "580.95.05"' in text_of(replace(LOOK, driver="580.95.05"), tmp_path)


def test_debian_gets_repositories_for_driver_and_a_new_docker(tmp_path: Path) -> None:
    path = written(replace(LOOK, os=DEBIAN_12, docker="20.10.24+dfsg1-1"), tmp_path)
    assert undecided(path) == UNDECIDED | {
        "gpu_driver.version",
        "gpu_driver.repository.key",
        "container_runtime.docker_version",
        "container_runtime.docker_repository.uri",
        "container_runtime.docker_repository.key",
    }
    answers = {
        "curl": "580.95.05",
        "the newest docker-ce": "28.5",
        "the address of Docker": "https://docker.example/linux/debian",
    }
    runtime = decided(path, **answers).nodes[0].settings["container_runtime"]
    assert getattr(runtime, "docker_package", "") == "docker-ce"


def test_debian_13_keeps_its_own_docker(tmp_path: Path) -> None:
    thirteen = replace(DEBIAN_12, version="13", codename="trixie")
    text = text_of(replace(LOOK, os=thirteen, docker="26.1.5+dfsg1-9"), tmp_path)
    assert '"docker_version": "26.1"' in text
    assert "docker_repository" not in text
    assert "/repos/debian13/x86_64/" in text


def test_without_package_lists_nothing_is_guessed(tmp_path: Path) -> None:
    path = written(replace(LOOK, has_lists=False, docker="", series=""), tmp_path)
    assert "apt-cache policy docker.io" in path.read_text()
    asked = {"gpu_driver.version", "container_runtime.docker_version"}
    assert undecided(path) == UNDECIDED | asked


def test_a_host_reached_by_name_listens_on_its_address(tmp_path: Path) -> None:
    site = decided(written(LOOK, tmp_path, target="ops@tower.example"))
    for role in ("inference_engine", "load_balancer"):
        assert getattr(site.nodes[0].settings[role], "address", "") == "192.0.2.4"


def test_a_name_whose_address_is_unknown_must_be_decided(tmp_path: Path) -> None:
    path = written(replace(LOOK, address=""), tmp_path, target="ops@tower.example")
    with pytest.raises(SiteError, match="give the IP address"):
        decided(path)


def test_a_host_without_gpus_becomes_a_base_host(tmp_path: Path) -> None:
    site = load(written(replace(LOOK, gpus=(), cards=()), tmp_path))
    assert (site.nodes[0].group, site.nodes[0].connection["ssh_port"]) == ("base_hosts", 2222)


@pytest.mark.parametrize("os", ["ubuntu", "debian"])
def test_whatever_a_host_says_the_inventory_is_only_data(tmp_path: Path, os: str) -> None:
    said = ("HOST", "USER", "DRIVER", "CARD", "GPU", "DOCKER", "SERIES", "ADDRESS", "ARCH")
    evil = [f"{key}={EVIL}" for key in (*said, "VERSION_ID", "VERSION_CODENAME", "CPUS")]
    look = firstlook.parse([f"ID={os}", *evil, "GPU=0000:41:00.0 0x2204"])
    text = text_of(look, tmp_path)
    assert "__import__" not in text
    assert_only_data(text)


def test_whatever_an_operator_gives_is_only_data(tmp_path: Path) -> None:
    login = {"ssh_hostname": EVIL, "ssh_user": EVIL, "ssh_key": EVIL}
    text = inventory_text(LOOK, login=login, name=EVIL, keys=tmp_path / EVIL)
    assert_only_data(text)
    scope: dict[str, object] = {}
    exec(text, scope)
    assert scope["_LOGIN"] == {**login, "_sudo": True}


def assert_only_data(text: str) -> None:
    """A docstring and assignments of literals, names of ours among them; nothing is called."""
    docstring, *rest = ast.parse(text).body
    assert isinstance(docstring, ast.Expr)
    assert all(isinstance(each, ast.Assign) for each in rest)
    allowed = (ast.Assign, ast.Constant, ast.Dict, ast.List, ast.Tuple, ast.Name, ast.expr_context)
    for each in (inner for statement in rest for inner in ast.walk(statement)):
        assert isinstance(each, allowed), ast.dump(each)
        assert not isinstance(each, ast.Name) or each.id in {
            "_LOGIN",
            "gpu_nodes",
            "load_balancers",
            "base_hosts",
        }

"""What an inventory asks for that somebody should know of."""

from pathlib import Path

from click.testing import CliRunner

from infra import cautions
from infra.cli import cli
from infra.site import load

INVENTORY = """
gpu_nodes = (
    [("gpu-1", {"ssh_hostname": "10.0.0.1"}), ("gpu-2", {"ssh_hostname": "10.0.0.2"})],
    {
        "gpu_driver": {"version": "570.195.03", "origin": "ubuntu"},
        "container_runtime": {"docker_version": "28.2"},
        "model_cache": {
            "models": {"m": {"file": "m.gguf", "source": "/srv/m", "sha256": "a" * 64}}
        },
        "inference_engine": {
            "engine": "llama_cpp", "image": "ghcr.io/a/b:c@sha256:" + "b" * 64, "model": "m",
            "context_tokens": 4096,
        },
    },
)
"""


def test_an_ended_branch_is_told_for_each_node(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(INVENTORY)
    found = cautions.of(load(path))
    assert [(one.host, one.key) for one in found] == [
        ("gpu-1", "gpu_driver.version"),
        ("gpu-2", "gpu_driver.version"),
    ]
    assert "570" in found[0].sentence


def test_validate_tells_it_and_finds_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(INVENTORY)
    done = CliRunner().invoke(cli, ["validate", str(path)])
    assert done.exit_code == 0
    assert f"! {path}: gpu-1: gpu_driver.version: " in done.output


def test_an_inventory_that_asks_for_what_is_kept_up_is_told_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rack.py"
    path.write_text(INVENTORY.replace("570.195.03", "580.95.05"))
    assert cautions.of(load(path)) == ()

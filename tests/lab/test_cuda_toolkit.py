"""A CUDA toolkit from NVIDIA's repository moves no driver, and stays what it is."""

from pathlib import Path

import pytest
from labhosts import INVENTORY, Ended, Infra, Shell

NODE = "gpu-2"
NAMED = """
gpu_nodes[0][1][1]["cuda_toolkit"] = {{
    "version": "{version}", "repository": _mirror("trixie", "nvidia")
}}
"""
DRIVER = "dpkg-query -W -f '${Package} ${Version}\\n' | grep -E 'nvidia|libcuda' | sort"


def named(folder: Path, version: str) -> str:
    """The lab's inventory with a toolkit on one host."""
    path = folder / "lab.py"
    lock = INVENTORY.with_name("lab.lock.yaml")
    path.with_name("lab.lock.yaml").write_text(lock.read_text())
    path.write_text(INVENTORY.read_text() + NAMED.format(version=version))
    return str(path)


@pytest.mark.slow
def test_a_toolkit_comes_moves_and_leaves_the_driver_alone(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    before = shell(NODE, f"cat /proc/sys/kernel/random/boot_id; {DRIVER}")
    for version in ("12.8.1", "12.9.1", "12.9.0"):
        inventory = named(tmp_path, version)
        done = infra("deploy", inventory, "--limit", NODE, "--role", "cuda_toolkit")
        assert done.code == 0, done.out
        again = infra("deploy", inventory, "--limit", NODE, "--role", "cuda_toolkit")
        assert again.json["nodes"][0]["changed"] == 0
        checked = infra("check", inventory, "--limit", NODE, "--role", "cuda_toolkit")
        assert checked.code == 0, checked.out
        release = version.rpartition(".")[0]
        assert f"release {release}" in shell(NODE, "/usr/local/cuda/bin/nvcc --version")
    assert shell(NODE, f"cat /proc/sys/kernel/random/boot_id; {DRIVER}") == before

"""A first look at a host becomes an inventory that says what is still to decide."""

import subprocess
from pathlib import Path

import pytest

from infra import firstlook
from infra.mistakes import SiteError
from infra.site import load

SEEN = """ID=ubuntu
VERSION_ID="24.04"
ARCH=x86_64
HOST=tower
CPUS=16
MEMORY_KIB=65000000
DISK_KIB=900000000
GPU=0000:41:00.0 0x2204
GPU=0000:42:00.0 0x2204
CARD=NVIDIA GeForce RTX 3090
CARD=NVIDIA GeForce RTX 3090
DRIVER=580.95.05
SUDO=no
USER=ops""".splitlines()


def write(folder: Path, lines: list[str]) -> Path:
    look = firstlook.parse(lines)
    login = firstlook.target_of("ops@192.0.2.4:2222", key=None)
    path = folder / "tower.py"
    path.write_text(firstlook.inventory_text(look, login=login, name="tower"))
    return path


def test_what_was_seen_is_told() -> None:
    look = firstlook.parse(SEEN)
    assert look.gpus == ("0000:41:00.0", "0000:42:00.0")
    assert (look.memory_gib, look.disk_gib, look.driver) == (61, 858, "580.95.05")
    assert "  sudo asks for a password: give it as _sudo_password by reference" in look.summary()


def test_an_unsupported_system_is_told_at_once() -> None:
    lines = ["ID=arch" if line.startswith("ID=") else line for line in SEEN]
    assert any("is not supported" in line for line in firstlook.parse(lines).summary())


def test_the_inventory_lacks_only_what_must_be_decided(tmp_path: Path) -> None:
    with pytest.raises(SiteError) as wrong:
        load(write(tmp_path, SEEN))
    assert {mistake.key for mistake in wrong.value.mistakes} == {
        "model_cache.models.my-model.sha256",
        "inference_engine.image",
    }


def test_a_host_without_gpus_becomes_a_base_host(tmp_path: Path) -> None:
    lines = [line for line in SEEN if not line.startswith(("GPU=", "CARD=", "DRIVER="))]
    site = load(write(tmp_path, lines))
    assert (site.nodes[0].group, site.nodes[0].connection["ssh_port"]) == ("base_hosts", 2222)


def test_the_look_itself_runs_on_any_host() -> None:
    done = subprocess.run(["sh", "-c", firstlook.COMMAND], capture_output=True, text=True)
    look = firstlook.parse(done.stdout.splitlines())
    assert look.os.arch
    assert look.cpus > 0
    assert look.hostname


@pytest.mark.parametrize("target", ["host", "@host", "user@", "user@host:ssh", ""])
def test_a_target_without_user_or_host_is_refused(target: str) -> None:
    with pytest.raises(ValueError, match="give it as user@host"):
        firstlook.target_of(target, key=None)

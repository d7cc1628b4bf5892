import os
import subprocess
from pathlib import Path

import pytest

from roles.gpu_driver import boot

LINES = """\
kernel 6.8.0-87-generic
module 6.8.0-87-generic nvidia 580.95.05
module 6.8.0-87-generic nvidia_uvm 580.95.05
module 6.8.0-87-generic nvidia_modeset 580.95.05
signer 6.8.0-87-generic Canonical Ltd. Kernel Module Signing
file 6.8.0-87-generic /lib/modules/6.8.0-87-generic/kernel/nvidia-580-open/nvidia.ko
file 6.8.0-87-generic /lib/modules/6.8.0-87-generic/updates/dkms/nvidia.ko.zst
headers 6.8.0-87-generic
kernel 6.8.0-90-generic
module 6.8.0-90-generic nvidia
module 6.8.0-90-generic nvidia_uvm
module 6.8.0-90-generic nvidia_modeset
signer 6.8.0-90-generic
dkms nvidia/580.95.05, 6.8.0-87-generic, x86_64: installed (original_module exists)
dkms nvidia/580.82.07, 6.8.0-90-generic, x86_64: built
dkms zfs/2.2.2, 6.8.0-90-generic, x86_64: installed
secure on
enrolled /var/lib/dkms/mok.pub
""".splitlines()
FOUND = boot.parse(LINES)


def test_every_kernel_that_may_boot_is_told() -> None:
    assert [kernel.release for kernel in FOUND.kernels] == ["6.8.0-87-generic", "6.8.0-90-generic"]
    assert FOUND.secure
    assert FOUND.enrolled == ("/var/lib/dkms/mok.pub",)


def test_a_kernel_without_its_modules_is_lacking() -> None:
    assert boot.lacking(FOUND, version="580.95.05") == ("6.8.0-90-generic",)


@pytest.mark.parametrize("module", boot.MODULES)
def test_each_of_the_modules_counts(module: str) -> None:
    lines = [line for line in LINES[:4] if f" {module} " not in line]
    assert boot.lacking(boot.parse(lines), version="580.95.05") == ("6.8.0-87-generic",)
    assert boot.lacking(boot.parse(LINES[:4]), version="580.95.05") == ()


def test_a_module_of_another_version_is_lacking() -> None:
    assert len(boot.lacking(FOUND, version="580.126.09")) == 2


def test_the_newest_kernel_is_taken() -> None:
    names = ["6.8.0-94-generic", "6.8.0-101-generic", "6.8.0-87-generic"]
    found = boot.NextBoot(tuple(boot.Kernel(name, versions={}) for name in names))
    taken = boot.taken(found)
    assert taken is not None and taken.release == "6.8.0-101-generic"
    assert boot.taken(boot.NextBoot()) is None


def test_two_modules_for_one_kernel_are_told_with_their_files() -> None:
    (torn,) = boot.torn(FOUND)
    assert torn.startswith("6.8.0-87-generic: ") and "updates/dkms/nvidia.ko.zst" in torn


def test_what_dkms_did_not_install_is_told() -> None:
    assert boot.unbuilt(FOUND, version="580.95.05") == (
        "6.8.0-90-generic: dkms says not built for 580.95.05",
        "6.8.0-90-generic: its headers are absent",
    )
    assert "dkms says built for 580.82.07" in " ".join(boot.unbuilt(FOUND, version="580.82.07"))


def test_older_forms_of_dkms_status_are_read() -> None:
    lines = [
        "kernel 6.1.0-41-amd64",
        "headers 6.1.0-41-amd64",
        "dkms nvidia-current, 535.261.03, 6.1.0-41-amd64, x86_64: installed",
    ]
    assert boot.unbuilt(boot.parse(lines), version="535.261.03") == ()


def run(command: str, path: Path, said: str) -> str:
    """What shell text prints where mokutil says a word."""
    tool = path / "mokutil"
    tool.write_text(f"#!/bin/sh\nprintf '{said}'\n")
    tool.chmod(0o755)
    text = command.replace("PATH=", f"PATH={path}:", 1)
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    ("said", "secure"),
    [
        ("SecureBoot enabled\\n", True),
        ("SecureBoot disabled\\n", False),
        ("SecureBoot enabled\\nSecureBoot validation is disabled in shim\\n", False),
    ],
)
def test_secure_boot_is_on_where_the_boot_chain_asks(
    said: str, secure: bool, tmp_path: Path
) -> None:
    assert boot.parse(run(boot.COMMAND, tmp_path, said).splitlines()).secure is secure


def test_an_image_without_its_kernel_is_never_stale(tmp_path: Path) -> None:
    for name in ("initrd.img-6.12.0", "initrd.img-6.12.0.old-dkms", "vmlinuz-6.12.0", "nouveau"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1, 2 if name == "nouveau" else 1))
    text = boot.STALE_COMMAND.replace("/boot/", f"{tmp_path}/")
    text = text.replace(boot.MODPROBE, f"{tmp_path}/nouveau")
    (tmp_path / "update-initramfs").touch(mode=0o755)
    text = f"PATH=$PATH:{tmp_path}; {text}"
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["stale", "6.12.0"]


def test_a_host_that_says_nothing_has_no_kernels() -> None:
    assert boot.parse([]) == boot.NextBoot()


@pytest.mark.parametrize("command", [boot.STALE_COMMAND, boot.COMMAND])
def test_the_commands_run_anywhere(command: str) -> None:
    assert subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode == 0


def test_the_running_kernel_may_boot() -> None:
    running = subprocess.run(["uname", "-r"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run(["sh", "-c", boot.COMMAND], capture_output=True, text=True, check=True)
    found = boot.parse(done.stdout.splitlines())
    assert running.strip() in [kernel.release for kernel in found.kernels]

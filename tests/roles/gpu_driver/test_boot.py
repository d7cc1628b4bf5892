import subprocess

import pytest

from roles.gpu_driver import boot


def test_kernels_without_the_module_are_named() -> None:
    lines = ["6.8.0-87-generic 580.95.05", "6.8.0-90-generic", "6.8.0-84-generic 580.82.09", ""]
    assert boot.lacking(lines, version="580.95.05") == ("6.8.0-90-generic", "6.8.0-84-generic")


def test_kernels_with_the_module_are_no_news() -> None:
    assert boot.lacking(["6.8.0-87-generic 580.95.05"], version="580.95.05") == ()


@pytest.mark.parametrize("command", [boot.STALE_COMMAND, boot.KERNELS_COMMAND])
def test_the_commands_run_anywhere(command: str) -> None:
    assert subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode == 0


def test_the_running_kernel_may_boot() -> None:
    running = subprocess.run(["uname", "-r"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run(
        ["sh", "-c", boot.KERNELS_COMMAND], capture_output=True, text=True, check=True
    )
    assert running.strip() in [line.split()[0] for line in done.stdout.splitlines()]

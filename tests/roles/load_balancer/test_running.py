import subprocess
from pathlib import Path

import pytest

from roles.load_balancer import configuration, running
from roles.load_balancer.settings import LoadBalancerSettings


def on(
    folder: Path, command: str, *, active: bool, curl: int
) -> "subprocess.CompletedProcess[str]":
    """The command on a host whose systemctl and curl end so; curl notes that it was asked."""
    for name, status in (("systemctl", 0 if active else 3), ("curl", curl)):
        (folder / name).write_text(f"#!/bin/sh\necho x >>{folder}/{name}.asked\nexit {status}\n")
        (folder / name).chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    return subprocess.run(
        ["sh", "-c", f"( {command} )"], env={"PATH": path}, capture_output=True, text=True
    )


@pytest.mark.parametrize(
    ("active", "curl", "ours"),
    [
        (True, 0, True),
        (True, 28, True),  # it lets the question wait
        (True, 52, True),  # it has no connection left for it
        (True, 7, False),
        (False, 0, False),
    ],
)
def test_an_nginx_that_is_busy_is_still_ours(
    settings: LoadBalancerSettings, tmp_path: Path, active: bool, curl: int, ours: bool
) -> None:
    done = on(tmp_path, running.ours_command(settings), active=active, curl=curl)
    assert (done.returncode == 0, done.stderr) == (ours, "")


@pytest.mark.parametrize(("curl", "times"), [(0, 1), (7, 1), (28, 3)])
def test_a_busy_nginx_is_asked_three_times(
    settings: LoadBalancerSettings, tmp_path: Path, curl: int, times: int
) -> None:
    command = configuration.digest_command(settings)
    done = on(tmp_path, f'[ "$({command})" = "" ]', active=True, curl=curl)
    assert (done.returncode, done.stderr) == (0, "")
    assert len((tmp_path / "curl.asked").read_text().splitlines()) == times

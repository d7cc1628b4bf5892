import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.lab import cgroups
from infra.lab.cgroups import missing, roots

HYBRID = """\
tmpfs /sys/fs/cgroup tmpfs rw,relatime,mode=755 0 0
cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0
cgroup /sys/fs/cgroup/systemd cgroup rw,relatime,name=systemd 0 0
cgroup2 /sys/fs/cgroup/unified cgroup2 rw,relatime 0 0
"""
PURE = """\
proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0
cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid,nodev,noexec,relatime,nsdelegate 0 0
"""


def test_a_hybrid_layout_has_two_hierarchies_cgroup2_first() -> None:
    assert roots(HYBRID) == (Path("/sys/fs/cgroup/unified"), Path("/sys/fs/cgroup/systemd"))


def test_a_pure_layout_has_one() -> None:
    assert roots(PURE) == (Path("/sys/fs/cgroup"),)


def test_without_cgroup2_there_is_no_place_for_hosts() -> None:
    assert roots("cgroup /sys/fs/cgroup/systemd cgroup rw,name=systemd 0 0\n") == ()


def test_under_systemd_what_it_hands_down_to_nobody_yet_is_missing() -> None:
    offered = "cpuset cpu io memory hugetlb pids rdma misc\n"
    assert missing(offered=offered, handed="memory pids\n") == ("cpu", "cpuset", "io")


def test_nothing_is_missing_where_all_is_handed_down_or_nothing_is_offered() -> None:
    assert missing(offered="cpu io", handed="cpu io memory") == ()
    assert missing(offered="", handed="") == ()


@pytest.fixture
def group() -> Iterator[str]:
    name = f"test-{os.getpid()}"
    yield name
    cgroups.remove(name)


@pytest.mark.lab
def test_a_process_is_taken_out_of_the_group_that_it_was_started_in(group: str) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        cgroups.adopt(group, pid=child.pid)
        assert f"::/infra-lab-{group}\n" in Path(f"/proc/{child.pid}/cgroup").read_text()
        assert group in cgroups.names()
        cgroups.kill(group)
        assert child.wait(timeout=5) == -signal.SIGKILL
    cgroups.remove(group)
    assert group not in cgroups.names()


@pytest.mark.lab
def test_the_group_of_the_services_is_no_hosts() -> None:
    assert cgroups.SERVICES not in cgroups.names()

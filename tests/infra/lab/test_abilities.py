from dataclasses import replace
from typing import Any

import pytest

from infra.lab.abilities import Machine, lacking, refuse_unable_machine

ABLE = Machine(
    architecture="x86_64",
    cpuinfo="processor\t: 0\nflags\t\t: fpu sse4_2 avx avx2 bmi2\n",
    release="6.1.0-28-amd64",
    filesystems="nodev\tsysfs\n\text4\nnodev\toverlay\n",
    mounts="cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n",
    rights=(1 << 41) - 1,
    time_namespaces=True,
)


def test_an_able_machine_lacks_nothing() -> None:
    assert lacking(ABLE) == ()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"architecture": "aarch64"}, "aarch64"),
        ({"cpuinfo": "flags\t\t: fpu avx avx512f\nbugs\t\t: avx2\n"}, "AVX2"),
        ({"release": "5.10.0-30-amd64"}, "5.10.0-30-amd64"),
        ({"filesystems": "nodev\tsysfs\nnodev\toverlayish\n"}, "overlay"),
        ({"time_namespaces": False}, "time namespaces"),
        ({"mounts": "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n"}, "cgroup2"),
        ({"rights": (1 << 41) - 1 - (1 << 21)}, "CAP_SYS_ADMIN"),
    ],
)
def test_each_thing_lacking_is_one_sentence(change: dict[str, Any], word: str) -> None:
    (sentence,) = lacking(replace(ABLE, **change))
    assert word in sentence


def test_all_that_is_lacking_is_told_at_once() -> None:
    assert len(lacking(replace(ABLE, cpuinfo="", time_namespaces=False))) == 2


@pytest.mark.lab
def test_the_machine_that_runs_a_lab_is_able_to() -> None:
    refuse_unable_machine()

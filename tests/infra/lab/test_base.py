import subprocess
from typing import get_args

import pytest

from infra.lab import base, mirror
from infra.lab.spec import OsName


@pytest.mark.parametrize("os_name", get_args(OsName))
def test_every_operating_system_is_made_of_a_suite_that_the_mirror_serves(os_name: OsName) -> None:
    assert base.suite_of(os_name) in mirror.COMPONENTS


def test_debian_12_is_bookworm_and_ubuntu_is_made_of_trixie() -> None:
    assert base.suite_of("debian-12") == "bookworm"
    assert base.suite_of("ubuntu-24.04") == "trixie"


def test_suites_have_recipes_of_their_own() -> None:
    assert base.recipe("trixie") != base.recipe("bookworm")


def test_a_base_holds_nothing_that_a_role_installs() -> None:
    ours = ("docker", "containerd", "nginx", "nvidia", "chrony", "timesyncd")
    assert not [name for name in base.PACKAGES if any(word in name for word in ours)]


def test_a_build_that_hangs_up_on_its_group_ends_alone() -> None:
    build = base.apart("sh", "-c", "echo out of disk; kill -s HUP 0; sleep 5")
    script = '"$@" || echo "failed: $?"'
    done = subprocess.run(
        # under nohup a hang-up is ignored from the start
        ["env", "--default-signal=HUP", "sh", "-c", script, "sh", *build],
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    assert (done.stdout, done.returncode) == ("out of disk\nfailed: 129\n", 0)


def test_an_interrupt_ends_the_parent_of_a_build() -> None:
    build = base.apart("sh", "-c", "echo begun; exec sleep 5")
    with subprocess.Popen(build, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None and started.stdout.readline() == "begun\n"
        started.terminate()
        assert started.wait(timeout=4) == 130
        started.stdout.close()

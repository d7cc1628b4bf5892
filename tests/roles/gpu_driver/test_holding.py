import subprocess
from pathlib import Path

from roles.gpu_driver.change import Change
from roles.gpu_driver.holding import install_and_hold


def text(*, install: dict[str, str] | None = None, unhold: tuple[str, ...] = ()) -> str:
    step = Change(install=install or {}, remove=(), unhold=unhold, hold=("a", "b"), record=True)
    return install_and_hold(step, apt="apt-get -y")


def test_without_a_move_only_the_record_and_the_holds_are_made() -> None:
    found = text()
    assert "apt-get" not in found
    assert found.endswith("&& apt-mark hold a b")
    assert "printf '%s\\n' a b >/var/lib/infra/gpu_driver.new" in found


def test_the_install_is_exact_and_may_go_down() -> None:
    found = text(install={"a": "1-1"})
    assert "apt-mark unhold" not in found
    assert "--allow-downgrades" in found
    assert " a=1-1 && mkdir" in found


def test_holds_come_back_when_apt_fails(tmp_path: Path) -> None:
    for name, does in (("apt-mark", 'echo "$@" >>"$0.log"'), ("apt-get", "exit 100")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    command = text(install={"a": "1-1"}, unhold=("a", "c"))
    done = subprocess.run(
        ["sh", "-c", command], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, check=False
    )
    assert done.returncode == 100
    assert (tmp_path / "apt-mark.log").read_text() == "unhold a c\nhold a c\n"


def test_the_record_comes_before_the_holds() -> None:
    found = text(install={"a": "1-1"}, unhold=("a",))
    assert found.index("gpu_driver.new") < found.index("apt-mark hold a b")

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
    assert "until apt-mark hold a b; do" in found
    assert "printf '%s\\n' a b >/var/lib/infra/gpu_driver.new" in found


def test_the_install_is_exact_and_may_go_down() -> None:
    found = text(install={"a": "1-1"})
    assert "apt-mark unhold" not in found
    assert "--allow-downgrades" in found
    assert " a=1-1 && mkdir" in found


def test_holds_come_back_when_apt_fails(tmp_path: Path) -> None:
    shims(tmp_path, apt_get="exit 100")
    command = text(install={"a": "1-1"}, unhold=("c",))
    done = run(command, tmp_path)
    assert done.returncode == 100
    assert (tmp_path / "apt-mark.log").read_text() == "unhold c\nhold c\n"


def test_a_lock_that_another_apt_has_is_waited_for(tmp_path: Path) -> None:
    shims(tmp_path, apt_get="exit 0")
    (tmp_path / "sleep").write_text('#!/bin/sh\n: >"$(dirname "$0")/apt-mark.free"\n')
    (tmp_path / "sleep").chmod(0o755)
    refusing = '#!/bin/sh\n[ -e "$0.free" ] || { echo locked >>"$0.log"; exit 1; }\n'
    (tmp_path / "apt-mark").write_text(refusing + 'echo "$@" >>"$0.log"\n')
    done = run(text().partition("mv -f")[2].partition(" && ")[2], tmp_path)
    assert done.returncode == 0
    assert (tmp_path / "apt-mark.log").read_text() == "locked\nhold a b\n"


def shims(folder: Path, *, apt_get: str) -> None:
    for name, does in (("apt-mark", 'echo "$@" >>"$0.log"'), ("apt-get", apt_get)):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    path = f"{folder}:/usr/bin:/bin"
    return subprocess.run(["sh", "-c", command], env={"PATH": path}, check=False)


def test_the_record_comes_before_the_holds() -> None:
    found = text(install={"a": "1-1"}, unhold=("a",))
    assert found.index("gpu_driver.new") < found.index("apt-mark hold a b")

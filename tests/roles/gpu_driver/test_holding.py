import subprocess
from pathlib import Path

from roles.gpu_driver.change import Change
from roles.gpu_driver.holding import held_command, install_and_hold


def text(*, unhold: tuple[str, ...] = (), wrecks: tuple[str, ...] = ()) -> str:
    step = Change(
        install={"a": "1-1"}, remove=(), unhold=unhold, hold=("a", "b"), record=True, wrecks=wrecks
    )
    return install_and_hold(step, preferences="Package: a\n")


def test_a_mere_hold_moves_nothing() -> None:
    found = held_command(["a", "b"])
    assert "apt-get" not in found
    assert "apt-mark hold a b" in found
    assert "printf '%s\\n' a b >/var/lib/infra/gpu_driver.new" in found


def test_the_install_is_exact_and_may_go_down() -> None:
    found = text()
    assert "apt-mark unhold" not in found
    assert "--allow-downgrades" in found
    assert " a=1-1 && mkdir" in found


def test_the_install_follows_preferences_that_are_not_written_yet() -> None:
    assert 'Dir::Etc::preferencesparts="$t/p" install' in text()


def test_wrecks_go_before_apt_is_asked() -> None:
    found = text(wrecks=("c",))
    assert found.index("--force-remove-reinstreq --remove c") < found.index(" a=1-1")
    assert "--remove" not in text()


def test_every_form_is_shell() -> None:
    for found in (text(), text(unhold=("c",)), text(wrecks=("c",))):
        assert subprocess.run(["sh", "-nc", found], check=False).returncode == 0


def test_holds_come_back_when_apt_fails(tmp_path: Path) -> None:
    shims(tmp_path, apt_get="exit 100")
    done = run(text(unhold=("c",)), tmp_path)
    assert done.returncode == 100
    assert (tmp_path / "apt-mark.log").read_text() == "unhold c\nhold c\n"


def test_apt_runs_to_its_end_when_nobody_listens_any_more(tmp_path: Path) -> None:
    """A closed pipe is what a lost connection leaves."""
    done = tmp_path / "done"
    shims(tmp_path, apt_get=f"for i in 1 2 3; do echo $i; done; : >{done}; exit 100")
    talk = f"{{ {text()}; }} | :"
    run(talk, tmp_path)
    assert done.exists()


def shims(folder: Path, *, apt_get: str) -> None:
    for name, does in (("apt-mark", 'echo "$@" >>"$0.log"'), ("apt-get", apt_get)):
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)


def run(command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    path = f"{folder}:/usr/bin:/bin"
    return subprocess.run(["sh", "-c", command], env={"PATH": path}, check=False)


def test_the_record_comes_before_the_holds() -> None:
    found = text()
    assert found.index("gpu_driver.new") < found.index("apt-mark hold a b")

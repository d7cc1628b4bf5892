import fcntl
import shlex
import subprocess
from pathlib import Path

from roles.base_system.packages import dpkg


def is_free(*paths: Path) -> bool:
    probe = dpkg.LOCKS_FREE.partition(" /var/")[0]
    command = " ".join((probe, *(shlex.quote(str(path)) for path in paths)))
    return subprocess.run(["sh", "-c", command], capture_output=True).returncode == 0


def test_a_lock_that_another_process_holds_is_seen_and_not_taken(tmp_path: Path) -> None:
    lock, other = tmp_path / "lock", tmp_path / "other"
    other.touch()
    with lock.open("a") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        assert not is_free(other, lock)
        assert not is_free(lock)
    assert is_free(other, lock)


def test_a_lock_file_that_is_not_there_is_free(tmp_path: Path) -> None:
    assert is_free(tmp_path / "none")


def test_all_four_locks_are_asked_for() -> None:
    assert all(lock in dpkg.LOCKS_FREE for lock in dpkg.LOCKS)


def test_only_states_between_installed_and_not_are_broken() -> None:
    sed = dpkg.BROKEN_COMMAND.partition(" | ")[2].partition("; ")[0]
    states = "ii |a\nrc |b\niU |c\niF |d\nhi |e\niW |f\nit |g\niHR|h\niiR|i\nun |j\n"
    found = subprocess.run(["sh", "-c", sed], input=states, capture_output=True, text=True)
    broken = dpkg.parse_broken(found.stdout.splitlines())
    assert broken == ("c", "d", "f", "g", "h", "i")


def test_empty_lines_are_no_packages() -> None:
    assert dpkg.parse_broken(["", "curl", "/var/lib/dpkg/updates/0001"]) == (
        "curl",
        "/var/lib/dpkg/updates/0001",
    )

"""New host keys take the place of the old ones of that address, and of nothing else."""

import fcntl
import os
import threading
from pathlib import Path

import paramiko
import pytest
from paramiko.hostkeys import HostKeys

from infra.drill.pinned import KeyTextError, keys_of, name_of, pin, with_keys


def public(key: paramiko.PKey) -> str:
    return f"{key.get_name()} {key.get_base64()}"


NEW = public(paramiko.ECDSAKey.generate())
OLD = public(paramiko.ECDSAKey.generate())


def test_a_public_key_file_is_read_without_its_comment() -> None:
    assert keys_of([f"{NEW} root@gpu-2", "", "# ours"]) == (NEW,)


@pytest.mark.parametrize(
    "line", ["", "Permission denied", "ssh-ed25519 AAAA", f"ssh-rsa {NEW.split()[1]}", "10.0.0.2"]
)
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(KeyTextError):
        keys_of([line])


def test_the_keys_of_an_address_are_replaced_and_others_stay() -> None:
    known = f"10.0.0.1 {OLD}\n10.0.0.2 {OLD}\n# a word\ngpu-2,10.0.0.2 {OLD}\n"
    assert with_keys(known, name="10.0.0.2", keys=(NEW,)) == (
        f"10.0.0.1 {OLD}\n# a word\ngpu-2 {OLD}\n10.0.0.2 {NEW}\n"
    )


def test_a_hashed_line_of_the_address_goes_too() -> None:
    hashed = HostKeys.hash_host("10.0.0.2")
    assert with_keys(f"{hashed} {OLD}\n", name="10.0.0.2", keys=(NEW,)) == f"10.0.0.2 {NEW}\n"


def test_a_revoked_key_stays_revoked() -> None:
    known = f"@revoked 10.0.0.2 {OLD}\n"
    assert with_keys(known, name="10.0.0.2", keys=(NEW,)).startswith(known)


def test_a_port_is_part_of_the_name() -> None:
    assert (name_of("10.0.0.2", 22), name_of("10.0.0.2", 2222)) == ("10.0.0.2", "[10.0.0.2]:2222")


def test_a_pinned_key_is_what_ssh_finds(tmp_path: Path) -> None:
    path = tmp_path / "rack.known_hosts"
    path.write_text(f"10.0.0.2 {OLD}\n")
    pin(path, address="10.0.0.2", port=22, keys=(NEW,))
    found = HostKeys(str(path)).lookup("10.0.0.2")
    assert found is not None
    assert [public(key) for key in found.values()] == [NEW]


def test_two_who_pin_at_once_lose_no_line(tmp_path: Path) -> None:
    path = tmp_path / "known_hosts"
    folder = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(folder, fcntl.LOCK_EX)
    words = {"address": "10.0.0.2", "port": 22, "keys": (NEW,)}
    pinning = threading.Thread(target=pin, args=(path,), kwargs=words)
    pinning.start()
    pinning.join(timeout=0.3)
    assert not path.exists()
    path.write_text(f"10.0.0.3 {OLD}\n")
    os.close(folder)
    pinning.join(timeout=20)
    assert path.read_text() == f"10.0.0.3 {OLD}\n10.0.0.2 {NEW}\n"


def test_a_link_to_a_file_elsewhere_stays_one(tmp_path: Path) -> None:
    shared, link = tmp_path / "shared", tmp_path / "rack.known_hosts"
    shared.write_text("")
    link.symlink_to(shared)
    pin(link, address="10.0.0.2", port=22, keys=(NEW,))
    assert (link.is_symlink(), shared.read_text()) == (True, f"10.0.0.2 {NEW}\n")

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from roles.base_system import admins
from roles.base_system.admins import Account, Accounts, Admin

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHRoaXMgaXMgYW5vdGhlciBrZXkgYWx0b2dldGhlciEh"
ADA = Admin(user="ada", ssh_keys=(f"{KEY} ada",), sudo="nopasswd")
BOB = Admin(user="bob", ssh_keys=(f"{OTHER} bob",))

# gpu-1, reached as ubuntu by sudo
ANSWER = [
    "login ubuntu",
    "granted ada",
    "granted mallory",
    "user ubuntu users /home/ubuntu",
    "folder 700 ubuntu",
    f"key {KEY} laptop",
    "key # a comment",
    "user ada ada /srv/ada",
    "folder ",
]


def test_an_answer_is_read_account_by_account() -> None:
    found = admins.parse(ANSWER)
    assert found.login == "ubuntu"
    assert found.granted == ("ada", "mallory")
    assert found.by_user["ubuntu"] == Account(
        home="/home/ubuntu",
        group="users",
        ssh_folder="700 ubuntu",
        keys=(f"{KEY} laptop", "# a comment"),
    )
    assert found.by_user["ada"].keys == ()


def test_a_host_without_any_of_them_answers_with_the_login() -> None:
    assert admins.parse(["login root"]) == Accounts(login="root", granted=(), by_user={})


def test_the_command_finds_this_machines_root() -> None:
    if shutil.which("getent") is None:
        pytest.skip("no getent here")
    answer = subprocess.run(
        ["sh", "-c", admins.command(("root", "no-such-user"))],
        capture_output=True,
        text=True,
        check=True,
    )
    found = admins.parse(answer.stdout.splitlines())
    assert found.login
    assert list(found.by_user) == ["root"]


@pytest.mark.parametrize(
    "line",
    [f"{KEY} ada", KEY, f'from="10.0.0.0/8",no-pty {KEY} x y', f"  {KEY}"],
)
def test_a_key_is_found_among_options_and_comments(line: str) -> None:
    assert admins.blob_of(line) == KEY.split()[1]


@pytest.mark.parametrize("line", ["", "# " + KEY, "ssh-ed25519", "ssh-dss AAAA x", "ssh-rsa A x"])
def test_what_is_no_key_has_none(line: str) -> None:
    assert admins.blob_of(line) is None


def test_a_private_key_is_refused_without_being_shown() -> None:
    secret = base64.b64encode(b"very secret").decode()
    private = f"-----BEGIN OPENSSH PRIVATE KEY-----\n{secret}"
    with pytest.raises(ValidationError) as refused:
        Admin(user="ada", ssh_keys=(private,))
    assert "no public key" in str(refused.value)
    assert secret not in refused.value.errors()[0]["msg"]


def test_two_keys_in_one_line_break_are_refused() -> None:
    with pytest.raises(ValidationError):
        Admin(user="ada", ssh_keys=(f"{KEY} a\n{OTHER} b",))


@pytest.mark.parametrize("user", ["root", "Ada", "a.b", "../x", "-a", ""])
def test_a_login_name_is_one(user: str) -> None:
    with pytest.raises(ValidationError):
        Admin(user=user, ssh_keys=(KEY,))


def test_files_hold_what_is_promised() -> None:
    assert admins.keys_text(ADA) == f"{KEY} ada\n"
    assert admins.sudo_text(ADA) == "ada ALL=(ALL:ALL) NOPASSWD: ALL\n"
    assert admins.sudo_text(BOB) == "bob ALL=(ALL:ALL) ALL\n"
    assert admins.sudo_path("ada") == "/etc/sudoers.d/infra-ada"


def test_rights_are_read_as_sudo_says_them() -> None:
    lines = [
        "sudo ada     (ALL : ALL) NOPASSWD: ALL",
        "sudo bob     (ALL : ALL) ALL",
        "sudo eve User eve is not allowed to run sudo on gpu-2.",
        "login root",
    ]
    assert admins.parse_rights(lines) == {"ada": "nopasswd", "bob": "password"}
    assert "for u in ada bob;" in admins.rights_command(("ada", "bob"))


def test_who_is_no_longer_named_is_former() -> None:
    assert admins.former((ADA,), found=admins.parse(ANSWER)) == ("mallory",)


def test_a_new_account_is_made_and_an_old_one_keeps_its_home_and_group() -> None:
    found = admins.parse(ANSWER)
    assert admins.account_steps("bob", found=found) == [
        "useradd --create-home --shell /bin/bash -- bob",
        "install -d -m 700 -o bob -g bob /home/bob/.ssh",
    ]
    assert admins.account_steps("ada", found=found) == [
        "install -d -m 700 -o ada -g ada /srv/ada/.ssh"
    ]
    assert admins.account_steps("ubuntu", found=found) == []


def test_the_login_of_infra_keeps_its_keys() -> None:
    found = admins.parse(ANSWER)
    other = Admin(user="ubuntu", ssh_keys=(OTHER,))
    assert "leaves out 1 key(s)" in admins.lockouts((other,), found=found)[0]
    same = Admin(user="ubuntu", ssh_keys=(f"{KEY} another comment", OTHER))
    assert admins.lockouts((same, ADA), found=found) == []


def test_the_login_of_infra_is_not_revoked() -> None:
    found = Accounts(login="ada", granted=("ada",), by_user={})
    assert "no longer names ada" in admins.lockouts((BOB,), found=found)[0]
    assert admins.lockouts((ADA,), found=found) == []


def test_revoking_takes_rights_and_keys_and_leaves_the_home(tmp_path: Path) -> None:
    command = admins.revoke_command(("mallory",))
    assert command.startswith("rm -f /etc/sudoers.d/infra-mallory; ")
    assert '"$home/.ssh/authorized_keys"' in command
    assert "rm -r" not in command

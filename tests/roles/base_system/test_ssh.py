from pathlib import Path

import pytest
from paramiko.transport import Transport

from roles.base_system import ssh

# gpu-1: OpenSSH 10, root's login off
RECORDED = (Path(__file__).parent / "recorded" / "sshd-T.txt").read_text().splitlines()
PROMISED = ssh.promised(passwords=False, root="no", max_auth_tries=6)


def test_a_host_as_promised_differs_in_nothing() -> None:
    assert ssh.differing(ssh.parse(RECORDED), promised=PROMISED) == []


def test_every_value_that_differs_is_told() -> None:
    lines = [*RECORDED, "passwordauthentication yes"]
    found = ssh.differing(ssh.parse(lines), promised=PROMISED)
    assert found == ["PasswordAuthentication is yes, promised no"]
    assert "PermitRootLogin is not set, promised no" in ssh.differing({}, promised=PROMISED)


def test_older_sshds_say_prohibit_password_in_another_word() -> None:
    by_key = ssh.promised(passwords=False, root=None, max_auth_tries=6)
    assert by_key["PermitRootLogin"] == "prohibit-password"
    lines = [line for line in RECORDED if not line.startswith("permitrootlogin")]
    said = ssh.parse([*lines, "permitrootlogin without-password"])
    assert ssh.differing(said, promised=by_key) == []


def test_passwords_are_asked_for_only_where_promised() -> None:
    found = ssh.promised(passwords=True, root="no", max_auth_tries=3)
    assert found["PasswordAuthentication"] == found["KbdInteractiveAuthentication"] == "yes"
    assert found["PermitEmptyPasswords"] == "no"
    assert found["MaxAuthTries"] == "3"


def test_a_jump_host_passes_connections_on_and_nothing_back() -> None:
    found = ssh.promised(passwords=False, root="no", max_auth_tries=6)
    assert (found["AllowTcpForwarding"], found["AllowAgentForwarding"]) == ("local", "no")
    open_ = ssh.promised(passwords=False, root="no", max_auth_tries=6, forwarding="yes")
    assert (open_["AllowTcpForwarding"], open_["AllowAgentForwarding"]) == ("yes", "yes")


def test_weak_algorithms_are_told_and_strong_ones_left() -> None:
    weak = ssh.weak("strict")
    assert ssh.weaknesses(ssh.parse(RECORDED), weak=weak) == []
    debian = {
        "macs": "hmac-sha2-256-etm@openssh.com,hmac-sha1,umac-64-etm@openssh.com,hmac-sha2-256",
        "kexalgorithms": "curve25519-sha256,ecdh-sha2-nistp256,diffie-hellman-group16-sha512",
        "ciphers": "aes128-ctr,aes256-cbc,rijndael-cbc@lysator.liu.se",
        "hostkeyalgorithms": "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,ssh-rsa",
        "pubkeyacceptedalgorithms": "ecdsa-sha2-nistp256,ssh-rsa",
    }
    assert ssh.weaknesses(debian, weak=weak) == [
        "KexAlgorithms has ecdh-sha2-nistp256",
        "Ciphers has aes256-cbc, rijndael-cbc@lysator.liu.se",
        "MACs has hmac-sha1, umac-64-etm@openssh.com, hmac-sha2-256",
        "HostKeyAlgorithms has ecdsa-sha2-nistp256, ssh-rsa",
        "PubkeyAcceptedAlgorithms has ssh-rsa",
    ]
    assert ssh.weaknesses(debian, weak=ssh.weak("system")) == []


@pytest.mark.parametrize(
    ("keyword", "offered"),
    [
        ("KexAlgorithms", Transport._preferred_kex),
        ("Ciphers", Transport._preferred_ciphers),
        ("MACs", Transport._preferred_macs),
        ("HostKeyAlgorithms", Transport._preferred_keys),
    ],
)
def test_infras_own_client_still_finds_an_algorithm(keyword: str, offered: tuple[str, ...]) -> None:
    sshd = ssh.parse(RECORDED)[keyword.lower()].split(",")
    assert set(sshd) & set(offered)


def test_a_boot_ends_what_was_not_kept() -> None:
    trial = ssh.trial()
    assert f"mv -f {ssh.PATH}" not in trial.apply
    assert f"mount --bind {ssh.PROMISED} {ssh.PATH}" in trial.apply
    # what sshd read is older than its start: the copy keeps its time
    assert "cp -p" in trial.keep


def test_what_runs_is_compared_with_what_is_promised() -> None:
    text = ssh.standing_command()
    assert f"cmp -s {ssh.PROMISED} {ssh.PATH}" in text
    assert text.endswith("else echo stale; fi")


def test_the_whole_configuration_is_judged_before_the_file_takes_its_place() -> None:
    text = ssh.validate(PROMISED)
    assert text.count("{}") == 1
    assert 'sshd -T -f "$d/sshd_config"' in text
    assert "held passwordauthentication no &&" in text
    assert "held permitrootlogin no &&" in text

from pathlib import Path

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


def test_the_whole_configuration_is_judged_before_the_file_takes_its_place() -> None:
    text = ssh.validate(PROMISED)
    assert text.count("{}") == 1
    assert 'sshd -T -f "$d/sshd_config"' in text
    assert "held passwordauthentication no &&" in text
    assert "held permitrootlogin no &&" in text

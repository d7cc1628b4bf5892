"""A secret is read through its reference, and its absence told without it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import BaseModel

from infra import secrets

CANARY = "canary-7f3a"


def stand_in(folder: Path, script: str) -> None:
    """A program called sops that does what a test wants."""
    program = folder / "sops"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


@pytest.fixture
def sops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that comes first on the PATH, and a file that pretends to be encrypted in it."""
    folder = tmp_path / "first"
    folder.mkdir()
    (folder / "secrets.yaml").write_text("encrypted")
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


def test_a_file_is_read_without_its_trailing_newline(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("canary\r\n")
    (tmp_path / "key").chmod(0o600)
    assert secrets.read(f"file:{tmp_path}/key") == "canary"


def test_a_relative_path_starts_in_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text("canary\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    assert secrets.read("file:key") == "canary"


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o601, 0o660, 0o630, 0o666])
def test_a_file_that_others_may_read_is_refused_with_the_way_out(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "key"
    key.write_text(CANARY)
    key.chmod(mode)
    with pytest.raises(secrets.SecretError, match=f"mode {mode:o}.*chmod 600 {key}") as refused:
        secrets.read(f"file:{key}")
    assert CANARY not in str(refused.value)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives files away")
def test_root_may_hand_a_file_to_a_group_and_nobody_else_may(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(CANARY)
    key.chmod(0o640)
    assert secrets.read(f"file:{key}") == CANARY
    os.chown(key, 65534, 0)
    with pytest.raises(secrets.SecretError, match="others may read it"):
        secrets.read(f"file:{key}")


def test_a_file_that_is_no_text_is_told_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(CANARY.encode() + b"\xff\xfe")
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(secrets.SecretError, match="is no text") as refused:
        secrets.read(f"file:{tmp_path}/key")
    assert refused.value.__suppress_context__
    assert CANARY not in str(refused.value)


def test_a_variable_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INFRA_TEST_KEY", "canary")
    assert secrets.read("env:INFRA_TEST_KEY") == "canary"


def test_a_missing_or_empty_file_is_told_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "empty").chmod(0o600)
    for name in ("none", "empty"):
        with pytest.raises(secrets.SecretError, match=name):
            secrets.read(f"file:{tmp_path}/{name}")


def test_a_credential_of_systemd_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team").write_text("canary\n")
    (tmp_path / "team").chmod(0o440)  # what a unit's own user sees of one
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secrets.read("credential:team") == "canary"
    with pytest.raises(secrets.SecretError, match="credential:other: No such file"):
        secrets.read("credential:other")


def test_by_hand_a_credential_is_the_file_that_a_night_is_handed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    path = tmp_path / "infra" / "credentials" / "team"
    with pytest.raises(secrets.SecretError, match=f"{path}.*LoadCredential=team:/path"):
        secrets.read("credential:team")
    path.parent.mkdir(parents=True)
    path.write_text("canary\n")
    path.chmod(0o600)
    assert secrets.read("credential:team") == "canary"
    path.chmod(0o644)
    with pytest.raises(secrets.SecretError, match="others may read it"):
        secrets.read("credential:team")


def test_what_is_no_reference_is_not_repeated() -> None:
    with pytest.raises(secrets.SecretError) as refused:
        secrets.read(CANARY)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("env:TEAM_KEY", True),
        ("env:", False),
        ("env:team key", False),
        ("file:~/.secrets/key", True),
        ("file:///srv/data", False),
        ("credential:team.key", True),
        ("credential:../../etc/shadow", False),
        ("sops:secrets.yaml#team.key", True),
        ("sops:secrets.yaml", False),
        ("secret", False),
    ],
)
def test_references_are_told_from_other_texts(text: str, good: bool) -> None:
    assert secrets.is_reference(text) is good


class Inner(BaseModel):
    token: str


def test_references_are_found_with_their_places() -> None:
    given = {"_sudo": True, "role": {"keys": {"a": "env:K"}, "text": "plain"}}
    assert list(secrets.references(given)) == [("role.keys.a", "env:K")]
    nested = {"role": {"models": [Inner(token="file:/k")], "more": ("sops:f#a.b",)}}
    assert list(secrets.references(nested)) == [
        ("role.models.0.token", "file:/k"),
        ("role.more.0", "sops:f#a.b"),
    ]


def test_ten_references_to_one_file_ask_sops_once(sops: Path) -> None:
    keys = {f"k{number}": f"v{number}" for number in range(10)}
    (sops / "plain.json").write_text(json.dumps({"team": keys}))
    stand_in(sops, f'echo "$*" >>{sops}/asked; cat {sops}/plain.json')
    file = sops / "secrets.yaml"
    found = [secrets.read(f"sops:{file}#team.{key}") for key in keys]
    assert found == list(keys.values())
    assert (sops / "asked").read_text() == f"--decrypt --output-type json {file}\n"


def test_a_changed_file_is_decrypted_again(sops: Path) -> None:
    stand_in(sops, f"cat {sops}/plain.json")
    for number, value in enumerate(("old", "new")):
        (sops / "plain.json").write_text(json.dumps({"key": value}))
        os.utime(sops / "secrets.yaml", (number, number))
        assert secrets.read(f"sops:{sops}/secrets.yaml#key") == value


def test_keys_may_have_dots_and_lists_have_numbers(sops: Path) -> None:
    content = {"a.b": {"c": "1", "d.e": "2"}, "list": ["x", {"y": "3"}], "a": {"b": {"z": "4"}}}
    (sops / "plain.json").write_text(json.dumps(content))
    stand_in(sops, f"cat {sops}/plain.json")
    at = f"sops:{sops}/secrets.yaml#"
    keys = ("a.b.c", "a.b.d.e", "list.0", "list.1.y", "a.b.z")
    assert [secrets.read(at + key) for key in keys] == ["1", "2", "x", "3", "4"]


@pytest.mark.parametrize("key", ["none", "number", "team", "team.none", "team.key.deeper"])
def test_a_key_without_text_is_told_without_what_is_there(sops: Path, key: str) -> None:
    (sops / "plain.json").write_text(json.dumps({"team": {"key": CANARY}, "number": 7}))
    stand_in(sops, f"cat {sops}/plain.json")
    with pytest.raises(secrets.SecretError, match="holds no text under that key") as refused:
        secrets.read(f"sops:{sops}/secrets.yaml#{key}")
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("exit 128", "no identity here opens it; name yours: SOPS_AGE_KEY_FILE="),
        ("exit 51", "was altered after it was encrypted"),
        ("echo 'sops metadata not found' >&2; exit 1", "is not encrypted; sops --encrypt"),
        ("exit 9", r"could not decrypt it \(exit status 9\); see why: sops --decrypt"),
        ("exit 0", "sops gave no JSON"),
    ],
)
def test_what_sops_refuses_is_told_without_its_words(
    sops: Path, script: str, sentence: str
) -> None:
    stand_in(sops, f"echo {CANARY}; echo {CANARY} >&2; {script}")
    with pytest.raises(secrets.SecretError, match=sentence) as refused:
        secrets.read(f"sops:{sops}/secrets.yaml#key")
    assert CANARY not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_machine_without_sops_is_told_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secrets.yaml").write_text("encrypted")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(secrets.SecretError, match="no sops here; get it at"):
        secrets.read(f"sops:{tmp_path}/secrets.yaml#key")
    with pytest.raises(secrets.SecretError, match=r"none\.yaml: No such file"):
        secrets.read(f"sops:{tmp_path}/none.yaml#key")


real = pytest.mark.skipif(shutil.which("sops") is None, reason="there is no sops here")


@pytest.fixture
def encrypted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the real sops encrypted for the age identity in SOPS_AGE_KEY_FILE."""
    identity, recipient = age_identity()
    file = tmp_path / "team.yaml"
    file.write_text(f"team:\n  key: {CANARY}\n  more: [a, b]\n")
    command = ["sops", "--encrypt", "--in-place", "--age", recipient, str(file)]
    subprocess.run(command, check=True)
    assert CANARY not in file.read_text()
    (tmp_path / "age.txt").write_text(identity)
    monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(tmp_path / "age.txt"))
    return file


@real
def test_the_real_sops_decrypts_with_an_age_identity(encrypted: Path) -> None:
    assert secrets.read(f"sops:{encrypted}#team.key") == CANARY
    assert secrets.read(f"sops:{encrypted}#team.more.1") == "b"


@real
def test_the_real_sops_works_under_gevent(encrypted: Path) -> None:
    program = (
        "from gevent import monkey; monkey.patch_all()\n"
        "import gevent, sys\nfrom infra import secrets\n"
        "turns = []\n"
        "def tick():\n"
        "    while True: turns.append(1); gevent.sleep(0)\n"
        "beside = gevent.spawn(tick)\n"
        f"jobs = [gevent.spawn(secrets.read, 'sops:{encrypted}#team.key') for _ in range(3)]\n"
        "gevent.joinall(jobs); beside.kill()\n"
        "print(len({job.value for job in jobs}), len(turns) > 3, jobs[0].value)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.split() == ["1", "True", CANARY], done.stderr


@real
def test_the_real_sops_refusals_are_told_apart(
    encrypted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = encrypted.read_text()
    encrypted.write_text(text.replace("team:", "crew:", 1))
    with pytest.raises(secrets.SecretError, match=r"altered|could not decrypt"):
        secrets.read(f"sops:{encrypted}#crew.key")
    encrypted.write_text(f"team:\n  key: {CANARY}\n")
    with pytest.raises(secrets.SecretError, match="is not encrypted") as refused:
        secrets.read(f"sops:{encrypted}#team.key")
    assert CANARY not in str(refused.value)
    encrypted.write_text(text)
    Path(os.environ["SOPS_AGE_KEY_FILE"]).write_text(age_identity()[0])
    with pytest.raises(secrets.SecretError, match="no identity here opens it"):
        secrets.read(f"sops:{encrypted}#team.key")


def age_identity() -> tuple[str, str]:
    """An age identity and its recipient, as age-keygen makes them."""
    key = X25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    return bech32("age-secret-key-", key.private_bytes_raw()).upper(), bech32("age", public)


def bech32(prefix: str, data: bytes) -> str:
    """Data as BIP 173 writes it."""
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    head = [ord(one) >> 5 for one in prefix] + [0] + [ord(one) & 31 for one in prefix]
    check = polymod([*head, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[word] for word in words)


def polymod(words: list[int]) -> int:
    check = 1
    for word in words:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ word
        for place, term in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= term if top >> place & 1 else 0
    return check

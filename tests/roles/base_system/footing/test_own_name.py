import subprocess
from pathlib import Path

import pytest

from roles.base_system.footing import own_name


def asked(hosts: Path, name: str) -> str | None:
    text = own_name.COMMAND.replace("$(uname -n)", name).replace("/etc/hosts", str(hosts))
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    return own_name.parse(done.stdout.splitlines())


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("127.0.0.1 localhost\n127.0.1.1 gpu-1\n", None),
        ("10.0.0.1\tgpu-1.example.com gpu-1 # ours\n", None),
        ("127.0.0.1 localhost\n#127.0.1.1 gpu-1\n127.0.1.1 gpu-11\n", "gpu-1"),
        ("", "gpu-1"),
    ],
)
def test_a_name_is_known_as_a_whole_word_outside_of_comments(
    tmp_path: Path, text: str, missing: str | None
) -> None:
    (tmp_path / "hosts").write_text(text)
    assert asked(tmp_path / "hosts", "gpu-1") == missing


def test_a_name_that_was_added_is_known_and_the_rest_stays(tmp_path: Path) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost")
    command = own_name.add_command("gpu-1.example.com").replace("/etc/hosts", str(hosts))
    subprocess.run(["sh", "-c", command], check=True)
    assert hosts.read_text() == "127.0.0.1 localhost\n127.0.1.1 gpu-1.example.com gpu-1\n"
    assert asked(hosts, "gpu-1.example.com") is None
    assert asked(hosts, "gpu-1") is None


def test_no_answer_is_no_missing_name() -> None:
    assert own_name.parse([]) is None

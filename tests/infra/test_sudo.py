"""A password reaches sudo alone, and a wrong one is tried once."""

import subprocess
from pathlib import Path

import pytest

from infra import sudo

ASKING = """#!/bin/sh
tries=0
while [ $tries -lt 3 ]; do
    tries=$((tries + 1))
    IFS= read -r given || break
    echo "$given" >>"$0.given"
    [ "$given" = right ] && { while [ "$1" != sh ]; do shift; done; exec "$@"; }
done
exit 1
"""
TRUSTING = """#!/bin/sh
while [ "$1" != sh ]; do shift; done
exec "$@"
"""


def run(
    folder: Path, program: str, *, password: str, stdin: str = ""
) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """What became of `cat` under this sudo, and which passwords it was given."""
    (folder / "sudo").write_text(program)
    (folder / "sudo").chmod(0o755)
    text, given = sudo.wrapped("sh -c cat", user="root", password=password, stdin=stdin)
    assert password not in text
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", text], input=given, env=environment, capture_output=True, text=True
    )
    tried = folder / "sudo.given"
    return done, tried.read_text().splitlines() if tried.exists() else []


@pytest.mark.parametrize("stdin", ["", "one\ntwo\n"])
@pytest.mark.parametrize("program", [ASKING, TRUSTING])
def test_a_command_gets_its_own_input_and_no_password(
    tmp_path: Path, program: str, stdin: str
) -> None:
    done, _ = run(tmp_path, program, password="right", stdin=stdin)
    assert (done.returncode, done.stdout) == (0, stdin)


def test_a_wrong_password_is_one_attempt(tmp_path: Path) -> None:
    done, tried = run(tmp_path, ASKING, password="wrong")
    assert (done.returncode, tried) == (1, ["wrong"])


def test_without_a_password_sudo_does_not_ask() -> None:
    text, stdin = sudo.wrapped("sh -c id", user="o'neil", password=None, stdin="in")
    assert (text, stdin) == ("""sudo -H -n -u 'o'"'"'neil' sh -c id""", "in")

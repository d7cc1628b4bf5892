"""The program that tells a node's standing, run for real."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from infra import gate, templates
from roles.node_standing import telling
from roles.node_standing.settings import NodeStandingSettings

SETTINGS = NodeStandingSettings(address="10.77.0.11")
GATE = '{"boot_id": "b", "lock": "sha256:a", "open": true, "why": "\\"ü\\"", "checked": "now"}'


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """The program, reading what lies in a folder of the test's."""
    standing = gate.standing_command(str(tmp_path))
    path = tmp_path / "infra-standing"
    path.write_text(templates.render("node_standing/standing.j2", standing=standing))
    return path


def ask(program: Path, request: str) -> str:
    done = subprocess.run(
        ["sh", str(program)], input=request.encode(), capture_output=True, timeout=20
    )
    assert done.stderr == b""
    return done.stdout.decode()


def test_a_request_is_answered_with_what_lies_on_the_node(program: Path) -> None:
    (program.parent / "gate.json").write_text(GATE + "\n")
    (program.parent / "promised.json").write_text('{"lock": "sha256:a", "by": "mara"}')
    said = ask(program, "GET /x HTTP/1.1\r\nHost: gpu-1\r\nAccept: */*\r\n\r\n")
    head, _, body = said.partition("\r\n\r\n")
    assert head.splitlines()[0] == "HTTP/1.1 200 OK"
    assert f"Content-Length: {len(body.encode())}" in head.splitlines()
    told = json.loads(body)
    assert told["boot_id"] == Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    assert (told["promised"], told["gate"]) == ("sha256:a", json.loads(GATE))


def test_a_node_that_was_never_deployed_says_so(program: Path) -> None:
    told = json.loads(telling.body(ask(program, "GET / HTTP/1.0\r\n\r\n")))
    assert (told["promised"], told["gate"]) == ("", None)


@pytest.mark.parametrize("request_line", ["POST / HTTP/1.1", "GETS / HTTP/1.1"])
def test_anything_but_a_get_is_refused(program: Path, request_line: str) -> None:
    said = ask(program, f"{request_line}\r\nHost: x\r\n\r\n")
    assert said.startswith("HTTP/1.1 405 ")
    assert telling.body(said) == ""


def test_a_caller_that_hangs_up_is_not_answered(program: Path) -> None:
    assert ask(program, "") == ""


def test_what_a_balancer_is_told_is_understood(program: Path) -> None:
    (program.parent / "gate.json").write_text(GATE)
    found = gate.parse(telling.body(ask(program, "GET / HTTP/1.0\r\n\r\n")))
    assert found.gate == gate.Gate("b", "sha256:a", open=True, why='"ü"', checked="now")


def test_the_place_is_the_promised_one() -> None:
    assert telling.place(SETTINGS) == "10.77.0.11:8098"
    assert telling.place(NodeStandingSettings(address="fd00::1", port=1)) == "[fd00::1]:1"
    socket = telling.files(SETTINGS)["/etc/systemd/system/infra-standing.socket"][0]
    assert "ListenStream=10.77.0.11:8098\n" in socket


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for path, (text, _) in telling.files(SETTINGS).items():
        (tmp_path / Path(path).name).write_text(text)
    (tmp_path / "infra-standing").chmod(0o755)
    service = tmp_path / "infra-standing@.service"
    text = service.read_text().replace(telling.PROGRAM, f"{tmp_path}/infra-standing")
    service.write_text(text.replace(f"User={telling.USER}", "User=daemon"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "infra-standing.socket")],
        capture_output=True,
        text=True,
    )
    assert "infra-standing" not in done.stderr, done.stderr

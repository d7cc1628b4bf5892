import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from roles.inference_engine import promise, record, unit
from roles.inference_engine.container import ENV_FILE
from roles.inference_engine.record import Record
from roles.inference_engine.running import Running
from roles.inference_engine.settings import InferenceEngineSettings

SETTINGS = InferenceEngineSettings(
    engine="llama_cpp",
    image="ghcr.io/ggml-org/llama.cpp:server@sha256:" + "a" * 64,
    model="small",
    context_tokens=2048,
    address="10.0.0.1",
    model_path="/srv/small.gguf",
)
PROMISED = promise.of(SETTINGS, secrets={})
RUNNING = Running(
    digest=PROMISED.digest,
    running=True,
    image_id="sha256:1",
    args=(),
    devices=(),
    bindings=(),
    network="bridge",
    log_driver="local",
    log_options={},
)
KNOWN = Record(installed=True, image_id="sha256:1", unit=PROMISED.unit)


class Host:
    """A root of its own, with a docker and a systemctl that say what they are told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unit = self._file(unit.PATH, "one\n")
        self.env = root / ENV_FILE.lstrip("/")
        self.good = root / record.GOOD.lstrip("/")
        for name in ("docker", "systemctl"):
            program = self._file(f"/bin/{name}", f'#!/bin/sh\necho "{name} $*" >>{root}/said\n')
            program.chmod(0o755)
        self.says("sha256:1")

    def _file(self, path: str, text: str) -> Path:
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def says(self, image: str) -> None:
        (self.root / "bin/docker").write_text(f"#!/bin/sh\necho {image}\n")

    def secret(self, text: str) -> None:
        self._file(ENV_FILE, text).chmod(0o600)

    def sh(self, text: str) -> list[str]:
        for path in ("/etc/", "/var/lib/infra"):
            text = text.replace(path, f"{self.root}{path}")
        done = subprocess.run(
            ["sh", "-c", f"PATH={self.root}/bin:$PATH\n{text}"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    def known(self) -> Record | None:
        return record.parse(self.sh(record.COMMAND))


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(tmp_path)


def test_what_is_kept_is_what_is_installed(host: Host) -> None:
    assert host.known() is None
    host.sh(record.KEEP)
    assert host.known() == Record(installed=True, image_id="sha256:1", unit="one")
    host.unit.write_text("two\n")
    assert host.known() == Record(installed=False, image_id="sha256:1", unit="one")


def test_secret_variables_are_part_of_it_and_for_roots_eyes(host: Host) -> None:
    host.secret("TOKEN=1\n")
    host.sh(record.KEEP)
    assert (host.good / "env").stat().st_mode & 0o777 == 0o600
    host.secret("TOKEN=2\n")
    assert host.known() == Record(installed=False, image_id="sha256:1", unit="one")
    host.env.unlink()
    assert host.known() == Record(installed=False, image_id="sha256:1", unit="one")


def test_secret_variables_that_came_later_are_seen(host: Host) -> None:
    host.sh(record.KEEP)
    host.secret("TOKEN=1\n")
    known = host.known()
    assert known is not None and not known.installed


def test_there_is_one_record_and_no_older_secret(host: Host) -> None:
    host.secret("TOKEN=1\n")
    host.sh(record.KEEP)
    host.env.unlink()
    host.sh(record.KEEP)
    assert len(list(host.good.parent.iterdir())) == 2
    assert not (host.good / "env").exists()


@pytest.mark.parametrize("before", ["", "TOKEN=1\n"])
def test_what_is_put_back_is_what_was_kept(host: Host, before: str) -> None:
    if before:
        host.secret(before)
    host.sh(record.KEEP)
    host.unit.write_text("two\n")
    host.secret("TOKEN=2\n")
    host.sh(record.PUT_BACK)
    assert host.unit.read_text() == "one\n"
    assert (host.env.read_text() if host.env.exists() else "") == before
    assert [path.name for path in host.unit.parent.iterdir()] == ["infra-engine.service"]


def test_a_record_names_its_container_image_and_model() -> None:
    assert KNOWN.digest == PROMISED.digest
    assert KNOWN.words == (
        f"what ran before: image ghcr.io/ggml-org/llama.cpp@sha256:{'a' * 12}…, model small"
    )


def test_a_unit_of_nobody_knows_has_no_digest() -> None:
    assert Record(installed=True, image_id="", unit="[Unit]").digest == ""


def test_what_runs_and_is_on_record_is_kept() -> None:
    assert record.is_kept(KNOWN, running=RUNNING)
    assert not record.is_kept(None, running=RUNNING)
    assert not record.is_kept(KNOWN, running=None)
    assert not record.is_kept(replace(KNOWN, image_id=""), running=RUNNING)
    assert not record.is_kept(replace(KNOWN, installed=False), running=RUNNING)


def test_what_is_not_the_recorded_engine_is_lost() -> None:
    assert not record.is_lost(KNOWN, running=RUNNING)
    assert not record.is_lost(None, running=None)
    assert record.is_lost(KNOWN, running=None)
    assert record.is_lost(replace(KNOWN, installed=False), running=RUNNING)
    assert record.is_lost(KNOWN, running=replace(RUNNING, digest="0"))


def test_the_recorded_engine_runs_whatever_is_installed() -> None:
    assert record.runs(replace(KNOWN, installed=False), running=RUNNING)
    assert not record.runs(KNOWN, running=None)
    assert not record.runs(KNOWN, running=replace(RUNNING, running=False))
    assert not record.runs(KNOWN, running=replace(RUNNING, digest="0"))


def test_no_image_is_kept_where_docker_knows_none() -> None:
    found = record.parse(["same same", "none", "[Unit]"])
    assert found == Record(installed=True, image_id="", unit="[Unit]")

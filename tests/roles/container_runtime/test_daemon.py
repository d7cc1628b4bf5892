import json
import os
import subprocess
from pathlib import Path

import pytest

from roles.container_runtime import daemon
from roles.container_runtime.settings import ContainerRuntimeSettings

SETTINGS = ContainerRuntimeSettings(
    docker_version="26.1",
    registry_mirrors=("https://mirror.example:5000/",),
    daemon_options={"features": {"buildkit": True}, "dns": ["10.0.0.1"]},
    data_root="/data/docker",
)
OURS = daemon.promised(SETTINGS)
INFO = {
    "LoggingDriver": "json-file",
    "LiveRestoreEnabled": False,
    "RegistryConfig": {"Mirrors": ["https://mirror.example:5000/"]},
    "DockerRootDir": "/data/docker",
    "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
}


def test_options_are_merged_into_our_keys() -> None:
    assert OURS["features"] == {"cdi": True, "buildkit": True}
    assert OURS["dns"] == ["10.0.0.1"]


def test_without_gpus_cdi_is_left_alone() -> None:
    plain = daemon.promised(ContainerRuntimeSettings(docker_version="26.1", gpus=False))
    assert "features" not in plain and "data-root" not in plain


def test_foreign_keys_stay_and_our_lists_replace() -> None:
    existing = {"features": {"x": 1, "cdi": False}, "dns": ["1.1.1.1"], "mtu": 1400}
    text = daemon.text_after(json.dumps(existing), ours=OURS)
    found = json.loads(text)
    assert found["mtu"] == 1400
    assert found["features"] == {"x": 1, "cdi": True, "buildkit": True}
    assert found["dns"] == ["10.0.0.1"]


def test_a_file_that_holds_all_stays_byte_for_byte() -> None:
    text = json.dumps({**OURS, "mtu": 1400}, indent=7)
    assert daemon.text_after(text, ours=OURS) == text


def test_the_written_text_is_stable() -> None:
    once = daemon.text_after("", ours=OURS)
    assert daemon.text_after(once, ours=OURS) == once and once.endswith("}\n")


def test_options_of_another_log_driver_go_with_it() -> None:
    existing = {"log-driver": "syslog", "log-opts": {"syslog-address": "udp://a"}}
    found = json.loads(daemon.text_after(json.dumps(existing), ours=OURS))
    assert found["log-opts"] == OURS["log-opts"]
    tagged = {"log-driver": "json-file", "log-opts": {"tag": "x"}}
    assert json.loads(daemon.text_after(json.dumps(tagged), ours=OURS))["log-opts"]["tag"] == "x"


@pytest.mark.parametrize(("text", "sentence"), [("{a", "line 1"), ("[]", "no object")])
def test_what_is_no_json_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(daemon.NotJson, match=sentence):
        daemon.parse(text)


def test_missing_keys_are_named_with_both_values() -> None:
    existing = {**OURS, "features": {"buildkit": True}, "dns": []}
    assert daemon.missing(existing, ours=OURS) == [
        "features.cdi is null, promised true",
        'dns is [], promised ["10.0.0.1"]',
    ]
    assert daemon.missing(OURS, ours=OURS) == []


def test_an_engine_that_keeps_its_promises_has_nothing_to_say() -> None:
    assert daemon.not_in_force(INFO, settings=SETTINGS) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"LoggingDriver": "journald"}, "log driver is 'journald'"),
        ({"LiveRestoreEnabled": True}, "live restore"),
        ({"RegistryConfig": {"Mirrors": None}}, "registry mirrors is []"),
        ({"RegistryConfig": None}, "registry mirrors is []"),
        ({"DockerRootDir": "/var/lib/docker"}, "data root"),
        ({"CDISpecDirs": None}, "CDI is off"),
    ],
)
def test_a_promise_that_is_not_in_force_is_told(change: dict[str, object], sentence: str) -> None:
    [found] = daemon.not_in_force({**INFO, **change}, settings=SETTINGS)
    assert sentence in found


def test_a_proxys_password_is_not_printed(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    proxies = {"http-proxy": "http://me:s3cret@proxy.example:3128", "no-proxy": "a@b"}
    file.write_text(json.dumps({**OURS, "proxies": proxies}))
    command = daemon.SHOW_COMMAND.replace(daemon.PATH, str(file))
    said = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert "s3cret" not in said
    assert daemon.missing(daemon.parse(said), ours=OURS) == []
    assert daemon.parse(said)["proxies"]["http-proxy"] == "http://hidden-1@proxy.example:3128"


PROXIES = {
    "http-proxy": "http://me:s3cret@proxy.example:3128",
    "https-proxy": "http://you:other%40@proxy.example:3128",
    "no-proxy": "a@b",
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"proxies": PROXIES}),
        json.dumps({"proxies": PROXIES}, indent=1),
        json.dumps({"proxies": PROXIES}).replace("/", "\\/"),
    ],
)
def test_what_is_hidden_is_put_into_the_new_file(tmp_path: Path, text: str) -> None:
    file, new = tmp_path / "daemon.json", tmp_path / "new"
    file.write_text(text)
    shown = sh(daemon.SHOW_COMMAND, file)
    new.write_text(daemon.text_after(shown, ours={"aaa": 1, "zzz": {"url": "https://x/y"}}))
    sh(daemon.UNHIDE.replace("{}", f"'{new}'"), file)
    assert json.loads(new.read_text()) == {
        "aaa": 1,
        "proxies": PROXIES,
        "zzz": {"url": "https://x/y"},
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["daemon.json", "new"]


def test_a_first_file_is_taken_as_it_is(tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.write_text("{}\n")
    sh(daemon.UNHIDE.replace("{}", f"'{new}'"), tmp_path / "none")
    assert new.read_text() == "{}\n"


def test_a_file_with_a_password_is_for_roots_eyes() -> None:
    assert daemon.mode('{"http-proxy": "http://hidden-1@proxy"}') == "600"
    assert daemon.mode('{"http-proxy": "http://proxy"}') == "644"


def test_the_recorded_configuration_is_the_way_back(tmp_path: Path) -> None:
    for folder in ("etc/docker", "var/lib/infra"):
        (tmp_path / folder).mkdir(parents=True)
    file = tmp_path / "etc/docker/daemon.json"
    file.write_text("good\n")
    found = [in_root(daemon.RECORD_COMMAND, tmp_path)]
    in_root(daemon.KEEP, tmp_path)
    found.append(in_root(daemon.RECORD_COMMAND, tmp_path))
    file.write_text("bad\n")
    found.append(in_root(daemon.RECORD_COMMAND, tmp_path))
    in_root(daemon.PUT_BACK, tmp_path)
    assert (found, file.read_text()) == (["none\n", "same\n", "other\n"], "good\n")
    record = tmp_path / daemon.GOOD.lstrip("/")
    assert record.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """A root where Docker was started at 2000 s with the recorded file of 1000 s."""
    for folder in ("etc/docker", "var/lib/infra", "run"):
        (tmp_path / folder).mkdir(parents=True)
    put(tmp_path / "etc/docker/daemon.json", "good\n", at=1000)
    put(tmp_path / "run/docker.pid", "1\n", at=2000)
    in_root(daemon.KEEP, tmp_path)
    return tmp_path


def test_a_docker_not_restarted_since_its_file_was_left_runs_with_it(running: Path) -> None:
    assert in_root(daemon.RUNS_COMMAND, running) == ""
    in_root(daemon.LEAVE, running)
    file = running / "etc/docker/daemon.json"
    put(file, "bad\n", at=3000)
    assert in_root(daemon.RUNS_COMMAND, running) == "runs\n"
    in_root(daemon.PUT_BACK_AS_READ, running)
    assert (file.read_text(), in_root(daemon.STALE_COMMAND, running)) == ("good\n", "")


@pytest.mark.parametrize("pid", [4_000_000_000, None])
def test_a_docker_that_read_the_other_file_is_to_be_restarted(
    running: Path, pid: int | None
) -> None:
    in_root(daemon.LEAVE, running)
    file = running / "run/docker.pid"
    file.unlink() if pid is None else put(file, "2\n", at=pid)
    assert in_root(daemon.RUNS_COMMAND, running) == ""


def test_a_recorded_file_that_docker_has_not_read_is_not_left(running: Path) -> None:
    put(running / "etc/docker/daemon.json", "good\n", at=3000)
    in_root(daemon.LEAVE, running)
    put(running / "etc/docker/daemon.json", "third\n", at=1000)
    in_root(daemon.LEAVE, running)
    assert in_root(daemon.RUNS_COMMAND, running) == ""


def put(file: Path, text: str, *, at: int) -> None:
    file.write_text(text)
    os.utime(file, (at, at))


def sh(command: str, file: Path) -> str:
    text = command.replace(daemon.PATH, str(file))
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout


def in_root(command: str, root: Path) -> str:
    text = command
    for path in ("/etc/docker", "/var/lib/infra", "/run/docker"):
        text = text.replace(path, f"{root}{path}")
    return subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout

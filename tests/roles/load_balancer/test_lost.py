"""Requests lost, read from nginx's logs."""

import os
import subprocess
from pathlib import Path

import pytest

from roles.load_balancer import configuration, lost, upstream
from roles.load_balancer.settings import LoadBalancerSettings, Target


def target(node: str, address: str, model: str) -> Target:
    return Target.model_construct(
        node=node, address=address, port=8000, model=model, parallel=4, keepalive=False,
        spare=False, revision="",
    )  # fmt: skip


SETTINGS = LoadBalancerSettings(
    api_keys={"lab": "env:KEY"},
    targets=(
        target("gpu-1", "10.0.0.1", "small"),
        target("gpu-2", "10.0.0.2", "small"),
        target("gpu-3", "10.0.0.3", "large"),
    ),
)
SMALL, LARGE = (pool.name for pool in upstream.pools(SETTINGS))
CUT = (
    "2026/11/21 13:50:01 [error] 123#123: *45 upstream prematurely closed connection while reading "
    'upstream, client: 10.0.0.9, server: , request: "POST /v1/chat/completions HTTP/1.1", '
    'upstream: "http://{place}/v1/chat/completions", host: "10.0.0.8"'
)


def access(pool: str, status: int) -> str:
    return (
        f'{{"ts":"2026-11-21T13:50:00+00:00","client":"lab","pool":"{pool}","status":{status},'
        '"bytes":9}'
    )


def found(*lines: str) -> list[str]:
    return [one.what for one in lost.parse("\n".join(lines), settings=SETTINGS, node="gpu-2")]


def test_errors_of_the_nodes_pool_are_losses() -> None:
    assert found(access(SMALL, 503), access(LARGE, 503), access(SMALL, 200)) == [
        "status 503 to lab"
    ]


def test_an_answer_that_broke_off_is_one_though_its_status_is_200() -> None:
    cut = found(CUT.format(place="10.0.0.1:8000"), CUT.format(place="10.0.0.3:8000"))
    assert cut == ["cut by gpu-1: upstream prematurely closed connection"]


def test_a_request_that_found_another_node_is_none() -> None:
    connecting = CUT.replace("while reading upstream", "while connecting to upstream")
    assert found(connecting.format(place="10.0.0.2:8000")) == []


def test_half_a_line_is_passed_over() -> None:
    assert found('{"ts":"2026-11-21T1', "", access(SMALL, 502)[:-5]) == []


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    return tmp_path


def asked(command: str, logs: Path) -> str:
    for path in (configuration.LOG, lost.ERRORS):
        command = command.replace(path, str(logs / Path(path).name))
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    return done.stdout


def test_only_what_was_written_since_the_mark_is_read(logs: Path) -> None:
    log = logs / Path(configuration.LOG).name
    log.write_text(access(SMALL, 502) + "\n")
    mark = asked(lost.MARK_COMMAND, logs)
    with log.open("a") as file:
        file.write(access(SMALL, 200) + "\n" + access(SMALL, 503) + "\n")
    (logs / "error.log").write_text(CUT.format(place="10.0.0.2:8000") + "\n")
    assert found(*asked(lost.since_command(mark), logs).splitlines()) == [
        "status 503 to lab",
        "cut by gpu-2: upstream prematurely closed connection",
    ]


def test_a_log_that_was_rotated_is_read_to_its_end_and_then_the_new_one(logs: Path) -> None:
    log = logs / Path(configuration.LOG).name
    log.write_text(access(SMALL, 502) + "\n")
    mark = asked(lost.MARK_COMMAND, logs)
    with log.open("a") as file:
        file.write(access(SMALL, 503) + "\n")
    os.rename(log, f"{log}.1")
    log.write_text(access(SMALL, 504) + "\n")
    since = found(*asked(lost.since_command(mark), logs).splitlines())
    assert since == ["status 503 to lab", "status 504 to lab"]


def test_a_flood_is_counted_whole_and_listed_in_part(logs: Path) -> None:
    mark = asked(lost.MARK_COMMAND, logs)
    lines = f"{access(SMALL, 503)}\n" * 1500 + f"{access(LARGE, 503)}\n" * 7
    (logs / Path(configuration.LOG).name).write_text(lines)
    text = asked(lost.since_command(mark), logs)
    told = lost.parse(text, settings=SETTINGS, node="gpu-2")
    assert sum(one.count for one in told) == 1500
    assert len(told) == 1001

"""What a status shows of a balancer: its log of requests, counted on the host."""

import subprocess
from datetime import datetime, timedelta
from pathlib import Path

from infra.status import Cell
from roles.load_balancer import status
from roles.load_balancer.settings import LoadBalancerSettings, Target


def settings(*nodes: str) -> LoadBalancerSettings:
    targets = [
        Target.model_validate(
            {
                "node": node,
                "address": "10.0.0.1",
                "port": 8000,
                "model": "small",
                "parallel": 4,
                "keepalive": True,
            }
        )
        for node in nodes
    ]
    return LoadBalancerSettings.model_validate(
        {"api_keys": {"me": "env:KEY"}, "targets": tuple(targets)}
    )


def line(upstream: str, *, minutes_ago: float) -> str:
    at = datetime.now().astimezone() - timedelta(minutes=minutes_ago)
    return f'{{"ts":"{at.isoformat(timespec="seconds")}","client":"me","upstream":"{upstream}"}}\n'


def counts(log: Path) -> set[str]:
    text = status.command(settings("gpu-1"), log=str(log))
    said = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True).stdout
    return {row for row in said.splitlines() if not row.startswith("state")}


def test_the_last_minutes_requests_are_counted_by_node(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    recent = line("gpu-1", minutes_ago=1) * 2 + line("spare-1", minutes_ago=4)
    log.write_text(line("gpu-1", minutes_ago=6) + recent)
    assert counts(log) == {"2 gpu-1", "1 spare-1"}


def test_a_balancer_without_a_log_has_sent_nothing(tmp_path: Path) -> None:
    assert not counts(tmp_path / "absent.log")


def test_only_nodes_have_a_share() -> None:
    answer = "state active\n7 gpu-1\n3 spare-1\n2 \n1 stranger\n"
    found = status.shown(answer, settings=settings("gpu-1", "spare-1"))
    assert found.requests == {"gpu-1": 7, "spare-1": 3}
    assert found.cells["serves"] == Cell("✓ nginx 2.2/min", "good")


def test_an_nginx_that_does_not_run_is_bad() -> None:
    found = status.shown("state failed\n", settings=settings("gpu-1"))
    assert found.cells["serves"] == Cell("✗ nginx failed", "bad")

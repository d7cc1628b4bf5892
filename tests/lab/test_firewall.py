"""The firewall on real hosts: nobody is locked out, and what Docker publishes is closed."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from labhosts import ADDRESS, INVENTORY, LAB, ROOT, USER, Ended, Infra, Shell

NODE, BALANCER = "gpu-2", "balancer-1"
PORT = 9999
RULES = "nft -s list table inet infra"
LOCKED_OUT = '"host_firewall": {"ssh_sources": ["192.0.2.1"], "rollback_seconds": 15},'
OPENED = f'"host_firewall": {{"openings": [{{"port": {PORT}, "what": "a test"}}]}},'
ROLES = {BALANCER: '"load_balancer": {', NODE: '"inference_engine": {'}
LISTEN = (
    "docker rm -f infra-test >/dev/null 2>&1; "
    'image=$(docker inspect -f "{{.Image}}" infra-engine); '
    f"docker run -d --name infra-test -p {PORT}:80 --entrypoint /bin/busybox $image "
    "httpd -f -p 80 -h /"
)
ASK = (
    "printf 'GET /models/ HTTP/1.0\\r\\n\\r\\n' | docker run -i --rm --entrypoint /bin/busybox "
    '$(docker inspect -f "{{.Image}}" infra-engine) nc -w 5 10.77.0.2 80'
)
WATCH = (
    "t=/run/infra-guard/firewall; rm -rf $t; until [ -e $t/undo ]; do sleep 0.05; done; "
    f"until {RULES} | grep -q 192.0.2.1; do sleep 0.05; done; echo armed; "
    "until [ -e $t/undone ]; do sleep 0.1; done; echo undone"
)


def variant(folder: Path, *, node: str, data: str) -> Path:
    """The lab's inventory with more data for the kind of host that a node is."""
    text = INVENTORY.read_text()
    assert text.count(ROLES[node]) == 1
    path = folder / INVENTORY.name
    path.write_text(text.replace(ROLES[node], f"{data}\n        {ROLES[node]}"))
    lock = INVENTORY.with_suffix(".lock.yaml")
    (folder / lock.name).write_text(lock.read_text())
    return path


def answers(node: str, port: int) -> bool:
    """Whether a port of a node is reached from the machine's own network."""
    try:
        socket.create_connection((ADDRESS[node], port), timeout=3).close()
    except TimeoutError:
        return False
    return True


def as_promised(infra: Infra, node: str) -> None:
    done = infra("deploy", str(INVENTORY), "--limit", node, "--yes")
    assert done.code == 0, done.out + done.err


@pytest.fixture
def published(deployed: Ended, shell: Shell) -> Iterator[None]:
    """A container on the node that publishes a port nobody opened."""
    shell(NODE, LISTEN)
    yield
    shell(NODE, "docker rm -f infra-test")


def test_rules_that_lock_infra_out_are_rolled_back(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    before = shell(BALANCER, RULES)
    path = variant(tmp_path, node=BALANCER, data=LOCKED_OUT)
    done = infra("deploy", str(path), "--limit", BALANCER, "--yes")
    assert done.code == 1, done.out
    assert "rolled back" in done.out + done.err
    assert "host_firewall.ssh_sources" in done.out + done.err
    assert shell(BALANCER, RULES) == before
    as_promised(infra, BALANCER)


@pytest.mark.slow
def test_rules_are_rolled_back_by_the_host_when_infra_is_killed(
    deployed: Ended, infra: Infra, shell: Shell, tmp_path: Path
) -> None:
    before = shell(BALANCER, RULES)
    path = variant(tmp_path, node=BALANCER, data=LOCKED_OUT)
    command = [sys.executable, "-m", "infra", "deploy", str(path), "--limit", BALANCER, "--yes"]
    with watching(BALANCER) as watch:
        assert watch.stdout is not None
        quiet = subprocess.DEVNULL
        deploy = subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet)
        assert watch.stdout.readline() == "armed\n"
        deploy.kill()
        deploy.wait()
        assert not answers(BALANCER, 22)
        assert watch.stdout.readline() == "undone\n"
    assert shell(BALANCER, RULES) == before
    as_promised(infra, BALANCER)


def watching(node: str) -> "subprocess.Popen[str]":
    """A session that is there before the trial: it says when it began and when it was undone."""
    options = ["-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={LAB / 'known_hosts'}"]
    login = f"{USER[node]}@{ADDRESS[node]}"
    words = ["ssh", "-i", str(LAB / "keys" / "id_ed25519"), *options, login, WATCH]
    env = {**os.environ, "LC_ALL": "C"}
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=env)


def test_a_published_port_that_nobody_opened_is_closed(published: None, shell: Shell) -> None:
    assert shell(NODE, f"curl -s -o /dev/null http://127.0.0.1:{PORT}/bin/sh && echo up") == "up\n"
    assert not answers(NODE, PORT)
    assert answers(NODE, 22)


def test_a_published_port_is_open_to_whom_the_inventory_says(
    published: None, infra: Infra, tmp_path: Path
) -> None:
    path = variant(tmp_path, node=NODE, data=OPENED)
    done = infra("deploy", str(path), "--limit", NODE, "--yes")
    assert done.code == 0, done.out + done.err
    assert answers(NODE, PORT)
    as_promised(infra, NODE)
    assert not answers(NODE, PORT)


@pytest.mark.parametrize("verb", ["reload", "restart"])
def test_containers_reach_the_network_after_the_firewalls_service(
    deployed: Ended, shell: Shell, verb: str
) -> None:
    tables = shell(NODE, "nft list tables")
    shell(NODE, f"systemctl {verb} nftables")
    assert set(shell(NODE, "nft list tables").splitlines()) == set(tables.splitlines())
    assert "HTTP/1." in shell(NODE, ASK)


def test_docker_has_its_rules_while_the_firewall_is_stopped(deployed: Ended, shell: Shell) -> None:
    shell(NODE, "systemctl stop nftables")
    try:
        assert "DOCKER" in shell(NODE, "iptables -t nat -S PREROUTING")
        assert "table inet infra" not in shell(NODE, "nft list tables")
    finally:
        shell(NODE, "systemctl start nftables")


def test_an_engine_is_closed_to_all_but_balancers(deployed: Ended, shell: Shell) -> None:
    assert not answers(NODE, 8000)
    shell(BALANCER, f"curl -sf -m 10 -o /dev/null http://{ADDRESS[NODE]}:8000/health")

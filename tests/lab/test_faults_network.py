"""Faults of the network: each is told in one sentence in time, and the next deploy converges."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import faulty_network as network
import pytest
from _pytest.mark import ParameterSet
from faults import SITE, begin, converges, deploy, programs, tells, until
from labhosts import Ended

Fault = Callable[[], AbstractContextManager[object]]
NODE = SITE.node
BASE = ("--role", "base_system")
FORGET_LISTS = "rm -f /var/lib/infra/apt/infra-distribution"
PORTAL = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nLog in"
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@contextmanager
def mute_mirror() -> Iterator[None]:
    with network.mute_server() as port, network.replaced(NODE, port=80, by=port):
        yield


def mirror_saying(answer: bytes) -> Fault:
    @contextmanager
    def fault() -> Iterator[None]:
        with network.server_saying(answer) as port, network.replaced(NODE, port=80, by=port):
            yield

    return fault


@pytest.fixture(autouse=True)
def site(deployed: Ended) -> Iterator[None]:
    yield
    network.mend(NODE)


def slow(*given: object) -> ParameterSet:
    """Parameters of a test that takes long."""
    return pytest.param(*given, marks=pytest.mark.slow)


@pytest.mark.parametrize(
    ("fault", "seconds", "words"),
    [
        (lambda: network.refused(NODE, port=80), 20, "does not answer this host"),
        slow(lambda: network.silent(NODE, port=80), 40, "does not answer this host"),
        slow(mirror_saying(PORTAL), 20, "is not what a mirror gives"),
        slow(mirror_saying(BUSY), 20, "answers 503 Service Unavailable"),
        slow(mute_mirror, 60, "does not answer this host"),
    ],
    ids=["refuses", "is silent", "is a portal", "is busy", "is mute"],
)
def test_a_mirror_that_does_not_serve(
    tmp_path: Path, fault: Fault, seconds: float, words: str
) -> None:
    SITE.root(FORGET_LISTS)
    with fault():
        done = deploy(SITE, *BASE, folder=tmp_path)
    tells(done, "http://10.77.0.2", words, "then deploy again", site=SITE, within=seconds)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_a_node_that_vanishes_leaves_the_others_to_finish(tmp_path: Path) -> None:
    both = ("--limit", SITE.node, "--limit", SITE.other)
    SITE.root(FORGET_LISTS)
    with network.mute_server() as port, network.replaced(NODE, port=80, by=port):
        running = begin(SITE, *both, folder=tmp_path)
        until(lambda: "apt-get" in programs(NODE))
        with network.vanished(NODE):
            done = running.ended()
    ended = {each["node"]: each["status"] for each in done.json["nodes"]}
    assert ended == {SITE.node: "failed", SITE.other: "ok"}
    tells(done, "connection", site=SITE, within=100)
    failed = deploy(SITE, "--limit", "@failed", folder=tmp_path)
    assert failed.code == 0, failed.out
    assert [each["node"] for each in failed.json["nodes"]] == [SITE.node]
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_sshd_that_restarts_itself_goes_unnoticed(tmp_path: Path) -> None:
    SITE.root(FORGET_LISTS)
    with network.silent(NODE, port=80):
        running = begin(SITE, folder=tmp_path)
        until(lambda: "apt-get" in programs(NODE))
        SITE.root("systemctl restart ssh")
    done = running.ended()
    assert done.code == 0, done.out
    converges(SITE, folder=tmp_path)


def test_sshd_that_dies_with_its_connections_is_told(tmp_path: Path) -> None:
    SITE.root(FORGET_LISTS)
    with network.silent(NODE, port=80):
        running = begin(SITE, folder=tmp_path)
        until(lambda: "apt-get" in programs(NODE))
        SITE.root("nohup sh -c 'sleep 0.2; pkill -9 sshd; systemctl restart ssh' >/dev/null 2>&1 &")
        done = running.ended()
    tells(done, "connection", site=SITE, within=60)
    converges(SITE, folder=tmp_path)


def test_an_interrupt_ends_cleanly_and_says_where_it_was(tmp_path: Path) -> None:
    SITE.root(FORGET_LISTS)
    with network.silent(NODE, port=80):
        running = begin(SITE, folder=tmp_path)
        until(lambda: "apt-get" in programs(NODE))
        running.process.send_signal(signal.SIGINT)
        done = running.ended()
        tells(done, "Fetch package lists", "interrupted", site=SITE, within=30)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_dead_dns_slows_nothing_that_needs_none(tmp_path: Path) -> None:
    before = SITE.root("cat /etc/resolv.conf /etc/hosts >/root/kept; cat /etc/resolv.conf")
    SITE.root("echo nameserver 10.77.0.250 >/etc/resolv.conf; sed -i '/127.0.1.1/d' /etc/hosts")
    try:
        with network.silent(NODE, address="10.77.0.250", port=53, protocol="udp"):
            done = deploy(SITE, folder=tmp_path)
        assert done.code == 0, done.out
        assert done.seconds < 30
        assert SITE.root("grep -c $(uname -n) /etc/hosts").strip() == "1"
    finally:
        SITE.root(f"printf '%s' '{before}' >/etc/resolv.conf")
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_a_mirror_whose_name_nobody_knows(tmp_path: Path) -> None:
    mirror = {"uri": "http://mirror.example/apt/", "suites": ["trixie"], "components": ["main"]}
    named = SITE.promised(
        "base_system", folder=tmp_path, apt_mirror={**mirror, "key": "lock:apt.trixie.key"}
    )
    done = deploy(named, *BASE, folder=tmp_path)
    tells(done, "cannot find the address of mirror.example", "DNS", site=SITE, within=40)
    converges(SITE, folder=tmp_path)


@pytest.mark.slow
def test_a_registry_that_stalls_in_the_middle_of_a_pull(tmp_path: Path) -> None:
    hasty = SITE.promised("inference_engine", folder=tmp_path, pull_stall_seconds=10)
    SITE.root("systemctl stop infra-engine; docker ps -aq | xargs -r docker rm -f")
    SITE.root("docker image prune -af")
    with network.stalls(NODE, port=443, after_mib=5):
        done = deploy(hasty, folder=tmp_path)
    # no image is left to go back to: that is told behind it
    told = done.error(NODE).partition(" / ")[0]
    assert done.code == 1
    assert "ghcr.io sent nothing" in told
    assert "then deploy again" in told
    assert done.seconds < 60
    converges(SITE, folder=tmp_path)

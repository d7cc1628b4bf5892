"""Faults of a lab host's network: what nftables does to its packets, in its own namespace."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

from infra.lab import host, network, place

_TABLE = "lab_fault"
_GONE = f"table ip {_TABLE}\ndelete table ip {_TABLE}\n"
_FILTER = "chain {0} {{ type filter hook {0} priority -500; {1}; }}\n"
_NAT = "chain output {{ type nat hook output priority -150; {0}; }}\n"
MACHINE = place.BRIDGE_ADDRESS
SERVICES = place.SERVICES_ADDRESS


@contextmanager
def vanished(node: str) -> Iterator[None]:
    """Nothing that the host sends or is sent arrives, and nobody is told."""
    with _rules(node, _FILTER.format("input", "drop"), _FILTER.format("output", "drop")):
        yield


@contextmanager
def silent(
    node: str, *, address: str = SERVICES, port: int, protocol: str = "tcp"
) -> Iterator[None]:
    """What the host sends to a port of an address is lost; who asks waits."""
    lost = f"ip daddr {address} {protocol} dport {port} drop"
    with _rules(node, _FILTER.format("output", lost)):
        yield


@contextmanager
def refused(node: str, *, address: str = SERVICES, port: int) -> Iterator[None]:
    """A port of an address answers the host's connections with a refusal."""
    no = f"ip daddr {address} tcp dport {port} reject with tcp reset"
    with _rules(node, _FILTER.format("output", no)):
        yield


@contextmanager
def stalls(node: str, *, port: int, after_mib: int) -> Iterator[None]:
    """A service of the lab sends the host so much, and then nothing more."""
    limit = f"ip saddr {SERVICES} tcp sport {port} quota over {after_mib} mbytes drop"
    with _rules(node, _FILTER.format("input", limit)):
        yield


@contextmanager
def replaced(node: str, *, port: int, by: int) -> Iterator[None]:
    """A port of the lab's services is, for the host, another port of this machine."""
    with _rules(node, _NAT.format(f"ip daddr {SERVICES} tcp dport {port} dnat to {MACHINE}:{by}")):
        yield


@contextmanager
def mute_server() -> Iterator[int]:
    """A server on this machine that takes connections and says nothing; gives its port."""
    with closing(socket.create_server((MACHINE, 0), backlog=64)) as server:
        port: int = server.getsockname()[1]
        yield port


@contextmanager
def server_saying(answer: bytes) -> Iterator[int]:
    """A server on this machine that gives every request one answer; gives its port."""
    with closing(socket.create_server((MACHINE, 0), backlog=64)) as server:
        threading.Thread(target=_answer_all, args=(server, answer), daemon=True).start()
        port: int = server.getsockname()[1]
        yield port


def _answer_all(server: socket.socket, answer: bytes) -> None:
    while True:
        try:
            peer, _ = server.accept()
        except OSError:  # closed: the test is over
            return
        with closing(peer):
            peer.recv(65536)
            peer.sendall(answer)


def mend(node: str) -> None:
    """Take away whatever was done to the host's packets."""
    _nft(node, _GONE)


@contextmanager
def _rules(node: str, *chains: str) -> Iterator[None]:
    _nft(node, f"{_GONE}table ip {_TABLE} {{\n" + "".join(chains) + "}\n")
    try:
        yield
    finally:
        mend(node)


def _nft(node: str, text: str) -> None:
    """The host's own nft, so that this machine needs none; reached without its network."""
    net = network.NAMESPACES / network.namespace_of(node)
    root = host.folder(node) / "root"
    words = ["nsenter", f"--net={net}", "chroot", str(root), "/usr/sbin/nft", "-f", "-"]
    done = subprocess.run(words, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

import os
import socket

import pytest

from roles.load_balancer.program import connections
from roles.load_balancer.program.members import Server

# /proc/net/tcp of a balancer with a client, a node it serves from, and one being connected to
TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 20004D0A:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 10 1
   1: 20004D0A:0050 01004D0A:C001 01 00000000:00000000 00:00000000 00000000    33        0 11 1
   2: 20004D0A:0050 01004D0A:C002 01 00000000:00000000 00:00000000 00000000    33        0 12 1
   3: 20004D0A:9000 1E004D0A:1F40 01 00000000:00000000 00:00000000 00000000    33        0 13 1
   4: 20004D0A:9001 1F004D0A:1F40 02 00000000:00000000 02:00000000 00000000    33        0 14 1
   5: 20004D0A:9002 1E004D0A:1F40 06 00000000:00000000 03:00000000 00000000     0        0 0 3
"""
ONE = Server(node="gpu-1", address="10.77.0.30", port=8000)
TWO = Server(node="gpu-2", address="10.77.0.31", port=8000)


def test_what_is_made_or_being_made_is_under_way() -> None:
    found = tuple(connections.parse_connections(TABLE))
    for server, inode in ((ONE, "13"), (TWO, "14")):
        [one] = connections.towards(found, ends=connections.ends_of([server]))
        assert one.inode == inode


def test_clients_without_a_node_are_counted() -> None:
    found = tuple(connections.parse_connections(TABLE))
    every = connections.ends_of([ONE, TWO])
    assert connections.unassigned(found, ends=every) == 0
    without = [one for one in found if one.inode != "14"]
    assert connections.unassigned(without, ends=every) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_processes_connections_are_found(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as listening:
        port = listening.getsockname()[1]
        ends = connections.ends_of([Server(node="a", address=address, port=port)])
        with socket.create_connection((address, port)):
            found = connections.connections_of([os.getpid()])
            assert len(connections.towards(found, ends=ends)) == 1
        assert connections.towards(connections.connections_of([os.getpid()]), ends=ends) == set()


def test_a_process_that_is_gone_has_none() -> None:
    assert connections.connections_of([2**22 + 1]) == ()


def test_a_name_without_address_hides_no_other_node() -> None:
    nameless = Server(node="gpu-9", address="nowhere.invalid", port=1)
    assert connections.ends_of([nameless, ONE]) == connections.ends_of([ONE])

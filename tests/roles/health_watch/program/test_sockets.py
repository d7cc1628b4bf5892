from roles.health_watch.program.promised import Place
from roles.health_watch.program.sockets import (
    cut_argv,
    look_argv,
    moved,
    parse_cut,
    parse_received,
)

SAID = """\
0      0      10.77.0.47:53922 10.77.0.45:8000
\t cubic wscale:7,7 rto:201 rtt:0.1/0.05 bytes_sent:230 bytes_acked:231 bytes_received:8192
0      0      10.77.0.47:53930 10.77.0.45:8000
\t cubic wscale:7,7 rto:201 rtt:0.1/0.05 bytes_sent:230 bytes_acked:231 segs_out:3
"""


def test_what_each_connection_received() -> None:
    assert parse_received(SAID) == {"10.77.0.47:53922": 8192, "10.77.0.47:53930": 0}
    assert parse_received("") == {}


def test_only_what_arrived_between_two_looks_counts() -> None:
    assert not moved({"a": 5}, {"a": 5, "b": 0})
    assert moved({"a": 5}, {"a": 6})
    assert moved({}, {"b": 1})
    assert not moved({"a": 5, "b": 7}, {"a": 5})


def test_ended_connections_are_counted() -> None:
    assert parse_cut("ESTAB 0 0 10.77.0.47:53922 10.77.0.45:8000\n") == 1
    assert parse_cut("") == 0


def test_commands_name_that_engine_alone() -> None:
    assert look_argv(Place("10.0.0.1", 8000))[-6:] == (
        *("dst", "10.0.0.1", "and", "dport", "=", ":8000"),
    )
    assert "[fd00::1]" in cut_argv(Place("fd00::1", 8000))
    assert "-HKtn" in cut_argv(Place("10.0.0.1", 8000))

"""Bytes that a node received, over reboots and lost connections."""

import subprocess

from infra.drill.meter import COMMAND, Meter
from infra.session import NoAnswerError
from infra.wire import Answer


class Node:
    """A node that says what it is told to say; "" is a lost connection."""

    problem: str | None = None

    def __init__(self, said: list[str]) -> None:
        self.said = said

    def open(self) -> None: ...

    def close(self) -> None: ...

    def run(self, command: str, *, seconds: float) -> Answer:
        line = self.said.pop(0)
        if not line:
            raise NoAnswerError("lost")
        return Answer(0, line.encode(), b"")


def read(*said: str) -> list[int]:
    node = Node(list(said))
    meter = Meter(lambda: node)
    found = []
    while node.said:
        found.append(meter.read())
    return found


def test_bytes_count_since_the_last_reading() -> None:
    assert read("100\n", "150\n", "151\n") == [100, 50, 1]


def test_counters_begin_anew_with_a_boot() -> None:
    assert read("1000\n", "30\n") == [1000, 30]


def test_a_lost_connection_is_made_anew_once() -> None:
    assert read("100\n", "", "130\n", "", "", "140\n") == [100, 30, 0, 10]


def test_the_command_answers_here() -> None:
    done = subprocess.run(["sh", "-c", COMMAND], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 0
